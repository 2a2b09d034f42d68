"""What one would write for a GPU by hand: PyTorch in bfloat16, channels last, and the maps of all classes."""

from collections.abc import Callable
from typing import Any

import timm
import torch

from bench.bare import Batch


class TorchRival:
    """A network of timm with random weights: its answers mean nothing, its speed is the same."""

    def __init__(self, name: str, device: str) -> None:
        """Bring the network to a device, such as "cuda"."""
        torch.manual_seed(0)
        network: Any = timm.create_model(name).eval().requires_grad_(False)
        self._network = network.to(device, torch.bfloat16).to(memory_format=torch.channels_last)
        self._device = device
        self._weight = self._network.get_classifier().weight

    def forward(self, photos: Batch) -> Callable[[], object]:
        """One pass over a batch, (B, H, W, 3): logits on the host."""

        @torch.inference_mode()
        def run() -> object:
            return self._network.forward_head(self._features(photos)).float().cpu()

        return run

    def maps(self, photos: Batch) -> Callable[[], object]:
        """One pass: logits, and the maps of all classes, in float32 on the host."""
        memory: list[torch.Tensor] = []  # page-locked on a GPU, used again and again

        @torch.inference_mode()
        def run() -> object:
            features = self._features(photos)
            logits = self._network.forward_head(features)
            maps = torch.matmul(self._weight, features.flatten(2)).float()
            if not memory:
                memory.append(torch.empty(maps.shape, pin_memory=self._device != "cpu"))
            memory[0].copy_(maps, non_blocking=True)
            return logits.float().cpu(), memory[0]  # the logits' copy waits for all that was asked before

        return run

    def _features(self, photos: Batch) -> torch.Tensor:
        there = torch.from_numpy(photos).to(self._device).permute(0, 3, 1, 2)  # in memory, that is channels last
        features: torch.Tensor = self._network.forward_features(there.to(torch.bfloat16).div(127.5).sub(1))
        return features
