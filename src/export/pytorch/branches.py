class Branches(Layers):
    """What every branch makes of the input, concatenated along the channels (Szegedy et al., 2015)."""

    def forward(self, x):
        return torch.cat([branch(x) for branch in self], dim=1)
