"""Networks for tests of `model.training`: random, but calibrated so that their numbers mean something."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from model.training.heads import Seam, cut
from model.training.networks import as_evaluated, build, resolve

HEAD_DEVIATION = 0.1


def calibrated(name: str, seed: int = 0, **options: object) -> nn.Module:
    """A library's network with random weights that give features and logits of a natural size."""
    torch.manual_seed(seed)
    network = build(resolve(name)) if not options else as_evaluated(_timm(name, **options))
    return calibrate(network, seed)


def calibrate(network: nn.Module, seed: int = 0, side: int = 160) -> nn.Module:
    """Give a network affine terms and head weights that are not trivial, and batch norms that fit.

    Untrained features are often next to zero; then a map of zeros passes every check.
    """
    torch.manual_seed(seed)
    norms = (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, norms) and module.weight is not None:
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.3, 0.3)
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.momentum, module.training = None, True
                module.reset_running_stats()
        for name, parameter in network.named_parameters():
            if name.rpartition(".")[2] in {"layer_scale", "gamma"}:
                parameter.uniform_(0.1, 0.5)
        if any(module.training for module in network.modules()):
            network(natural_batch((4, 3, side, side), seed))
        network.eval()
        seam = cut(network, natural_batch((1, 3, 224, 224), seed))
        for parameter in head_parameters(network, seam):
            parameter.normal_(0, HEAD_DEVIATION)
    return network


def head_parameters(network: nn.Module, seam: Seam) -> list[nn.Parameter]:
    """Weight and bias of the last layer: those that have a row per class."""
    last = [parameter for parameter in network.parameters() if parameter.shape[:1] == (seam.classes,)]
    return last[-2:]


def natural_batch(shape: tuple[int, int, int, int], seed: int = 0) -> Tensor:
    """Noise with coarse and fine structure, about as large as a normalised photo, (B, 3, H, W)."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn((*shape[:2], 7, 7), generator=generator)
    fine = torch.randn(shape, generator=generator)
    return nn.functional.interpolate(coarse, shape[2:], mode="bilinear") + 0.5 * fine


def _timm(name: str, **options: object) -> nn.Module:
    import timm

    create: Callable[..., nn.Module] = timm.create_model
    return create(name, pretrained=False, **options)
