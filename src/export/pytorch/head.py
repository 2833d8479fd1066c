class AuxiliaryHead(Layers):
    """Passes its input on; in training it also keeps logits of its own, whose loss counts too (Szegedy et al., 2015)."""

    def __init__(self, loss_weight, *named):
        super().__init__(*named)
        self.loss_weight = loss_weight

    def forward(self, x):
        if self.training:
            self.logits_aside = super().forward(x)
        return x
