class SqueezeExcitation(nn.Sequential):
    """Every channel scaled by a number from 0 to 1 that is computed from the means of all channels (Hu et al., 2018)."""

    def __init__(self, channels, squeezed):
        super().__init__(nn.Linear(channels, squeezed), nn.ReLU(), nn.Linear(squeezed, channels), nn.Sigmoid())

    def forward(self, x):
        return x * super().forward(x.mean(dim=(2, 3)))[:, :, None, None]
