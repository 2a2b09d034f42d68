"""What people write today: FastAPI, and TorchCAM's CAM for each request, in a thread.

The network's weights, and how a 4:3 photo is resized, are Camscope's. Its answer has one class where Camscope's
has five, and a map from 0 to 1 instead of numbers that add up.
"""

import threading
from typing import Annotated, Any

import numpy as np
import torch
from fastapi import FastAPI, File, UploadFile
from PIL import Image
from torchcam.methods import CAM

from model.training.default import load_default

INPUT = (288, 224)


def create_app() -> FastAPI:
    weighted = load_default()
    labels = weighted.labels or ()
    network = weighted.network
    cam = CAM(network, target_layer="bn2", fc_layer="classifier")
    lock = threading.Lock()  # its hook keeps one picture's features
    app = FastAPI()

    @app.post("/explain")
    def explain(image: Annotated[UploadFile, File()]) -> dict[str, Any]:
        photo = Image.open(image.file).convert("RGB").resize(INPUT, Image.Resampling.BICUBIC)
        pixels = (np.asarray(photo, np.float32) / 255 - 0.5) / 0.5
        batch = torch.from_numpy(pixels).permute(2, 0, 1)[None]
        with lock, torch.inference_mode():
            logits = network(batch)
            index = int(logits[0].argmax())
            heat = cam(index, logits)[0][0]
        return {
            "label": labels[index],
            "probability": float(logits[0].softmax(0)[index]),
            "map": heat.tolist(),
        }

    return app
