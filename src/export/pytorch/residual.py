class Residual(Layers):
    """body(x) + shortcut(x), then a ReLU unless it is left out (He et al., 2015)."""

    def __init__(self, body, shortcut=(), relu=True):
        super().__init__(*body)
        self.body_names = [name for name, _ in body]
        self.relu_after_sum = relu
        self.has_no_shortcut = not shortcut
        if shortcut:
            self._modules["downsample"] = Layers(*shortcut)

    def forward(self, x):
        y = x
        for name in self.body_names:
            y = self._modules[name](y)
        y = y + (x if self.has_no_shortcut else self._modules["downsample"](x))
        return F.relu(y) if self.relu_after_sum else y
