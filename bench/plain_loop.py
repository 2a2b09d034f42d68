"""The tutorial's way to a head of one's own: `python -m bench.plain_loop FOLDER --threads N`.

PyTorch's "Transfer Learning for Computer Vision Tutorial", its part "ConvNet as fixed feature extractor", on the
embedded network instead of ResNet-18: transforms, batch size, loss, optimiser, schedule and epochs are the
tutorial's, and so are its four workers where there are so many cores. Every epoch sends every picture through the
frozen network. Prints a line of JSON an epoch.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from torch import nn, optim
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from model.training.default import load_default

EPOCHS, BATCH, WORKERS = 25, 4, 4
LR, MOMENTUM, STEP, GAMMA = 0.001, 0.9, 7, 0.1
PARTS = ("train", "val")
Loader = DataLoader[Any]


def main() -> None:
    """Train, and tell each epoch's accuracy on val/."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="with train/ and val/")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    weighted = load_default()
    network: Any = weighted.network
    sets = pictures(options.folder, weighted.traits.mean, weighted.traits.std)
    workers = min(WORKERS, options.threads)  # more than cores would slow it down, as torch warns
    loaders = {part: DataLoader(sets[part], batch_size=BATCH, shuffle=True, num_workers=workers) for part in PARTS}
    for parameter in network.parameters():
        parameter.requires_grad = False
    network.classifier = nn.Linear(network.classifier.in_features, len(sets["train"].classes))
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(network.classifier.parameters(), lr=LR, momentum=MOMENTUM)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=STEP, gamma=GAMMA)
    for epoch in range(1, EPOCHS + 1):
        learn(network, loaders["train"], criterion, optimizer)
        scheduler.step()
        right = judge(network, loaders["val"])
        print(json.dumps({"epoch": epoch, "accuracy": right / len(sets["val"])}), flush=True)


def pictures(folder: Path, mean: tuple[float, ...], std: tuple[float, ...]) -> dict[str, datasets.ImageFolder]:
    """The two parts, with the tutorial's transforms and the network's own mean and deviation."""
    finish = [transforms.ToTensor(), transforms.Normalize(mean, std)]
    chosen = {
        "train": [transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(), *finish],
        "val": [transforms.Resize(256), transforms.CenterCrop(224), *finish],
    }
    return {part: datasets.ImageFolder(str(folder / part), transforms.Compose(chosen[part])) for part in PARTS}


def learn(network: nn.Module, loader: Loader, criterion: nn.Module, optimizer: optim.Optimizer) -> None:
    """One epoch."""
    network.train()
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = criterion(network(inputs), labels)
        loss.backward()
        optimizer.step()


def judge(network: nn.Module, loader: Loader) -> int:
    """How many pictures are answered rightly."""
    network.eval()
    right = 0
    with torch.no_grad():
        for inputs, labels in loader:
            right += int((network(inputs).argmax(1) == labels).sum())
    return right


if __name__ == "__main__":
    main()
