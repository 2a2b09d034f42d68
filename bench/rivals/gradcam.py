"""What people write today: FastAPI, and pytorch-grad-cam's GradCAM for each request, in a thread.

The network's weights, and how a 4:3 photo is resized, are Camscope's. Its answer has one class where Camscope's
has five, and a map of 8 bits instead of numbers that add up.
"""

import base64
import threading
from typing import Annotated, Any

import numpy as np
import torch
from fastapi import FastAPI, File, UploadFile
from PIL import Image
from pytorch_grad_cam import GradCAM

from model.training.default import load_default

INPUT = (288, 224)


def create_app() -> FastAPI:
    weighted = load_default()
    labels = weighted.labels or ()
    network = weighted.network.requires_grad_(True)  # as timm makes it
    cam = GradCAM(model=network, target_layers=[network.bn2])
    lock = threading.Lock()  # its hooks keep one picture's features and gradients
    app = FastAPI()

    @app.post("/explain")
    def explain(image: Annotated[UploadFile, File()]) -> dict[str, Any]:
        photo = Image.open(image.file).convert("RGB").resize(INPUT, Image.Resampling.BICUBIC)
        pixels = (np.asarray(photo, np.float32) / 255 - 0.5) / 0.5
        batch = torch.from_numpy(pixels).permute(2, 0, 1)[None]
        with lock:
            heat = cam(batch, targets=None)[0]
            probabilities = cam.outputs[0].detach().softmax(0)
        index = int(probabilities.argmax())
        return {
            "label": labels[index],
            "probability": float(probabilities[index]),
            "map": base64.b64encode((heat * 255).astype(np.uint8)).decode(),
            "shape": heat.shape,
        }

    return app
