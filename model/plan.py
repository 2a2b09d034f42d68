"""What a training is asked for: every choice, its default and its limits. torch is not needed to make one."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from model.embedded import NAME
from model.spec import Activation, Record


class HeadChoice(StrEnum):
    """What stands between the last feature maps and the classes of the network that is trained."""

    GAP = "gap"
    SUM = "sum"
    GMP = "gmp"
    CONV1X1 = "conv1x1"
    NIN = "nin"
    FC = "fc"


class Freeze(StrEnum):
    """What is kept as the base has it."""

    AUTO = "auto"  # the head is trained alone, then all of the network; the better one is kept
    HEAD = "head"  # the head alone is trained
    NONE = "none"  # nothing: the fine-tuned network is kept, whatever the head alone reached


class Balance(StrEnum):
    """What is done where classes have unequal numbers of pictures."""

    NONE = "none"
    SAMPLING = "sampling"
    WEIGHTS = "weights"


Count = Annotated[int, Field(ge=1)]


class Plan(Record):
    """What a training is asked for.

    Attributes:
        data: folder of class folders, folder with train/ and val/, or CSV
        out: the new model folder
        base: the embedded network's name, a network of torchvision or timm, or a model folder
        head: what stands between feature maps and classes
        activation: softmax for one label per picture, sigmoid for several or for none
        single_logit: one logit for two classes, z and -z
        freeze: what is kept as the base has it
        epochs: of fine-tuning at most; None takes the recipe's
        head_epochs: of the head alone at most
        lr: of the head in fine-tuning; the rest of the network learns at a tenth; None takes the recipe's
        image_size: side of the square whose area the input has, in pixels; None takes the base's
        batch_size: pictures per step of fine-tuning, on each device
        workers: processes that read pictures; None takes none beside a CPU, beside a GPU one a core, up to 8
        seed: of the split, the order, the augmentation and the first weights
        val_share: of the pictures, where there is no validation set
        held_out_share: of the training pictures, kept apart to choose by
        patience: epochs without a better held-out loss before fine-tuning stops
        balance: what is done about unequal classes
        precision: of fine-tuning, as Lightning names it
        accelerator: as Lightning names it
        devices: how many, or "auto"
        num_nodes: machines that train together
        logs: folder that keeps Lightning's CSV and TensorBoard logs; None lets them go with the work that is done
        corrections: table of what is the wrong reason on which pictures (model.corrections); None for none
        threads: of the processor, for torch and the serving runtime; None takes all cores
    """

    data: Path
    out: Path
    base: str = NAME
    head: HeadChoice = HeadChoice.GAP
    activation: Activation = Activation.SOFTMAX
    single_logit: bool = False
    freeze: Freeze = Freeze.AUTO
    epochs: Count | None = None
    head_epochs: Count = 100
    lr: Annotated[float, Field(gt=0, le=10)] | None = None
    image_size: Annotated[int, Field(ge=32, le=2048)] | None = None
    batch_size: Count = 16
    workers: Annotated[int, Field(ge=0, le=256)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    val_share: Annotated[float, Field(gt=0, lt=1)] = 0.2
    held_out_share: Annotated[float, Field(gt=0, le=0.5)] = 0.2
    patience: Count = 5
    balance: Balance = Balance.NONE
    precision: str = "32-true"
    accelerator: str = "auto"
    devices: str = "auto"
    num_nodes: Count = 1
    logs: Path | None = None
    corrections: Path | None = None
    threads: Count | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.single_logit and self.activation is not Activation.SIGMOID:
            raise ValueError("a single logit goes with the sigmoid")
        return self
