class Layers(nn.Sequential):
    """Layers one after the other, by name; the names are those of the tensors."""

    def __init__(self, *named):
        super().__init__()
        for name, layer in named:
            self._modules[name] = layer
