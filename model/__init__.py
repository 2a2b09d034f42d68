"""What a convolutional network sees in a photo, and which parts of it made it say so.

In reading order:

    photos       bytes -> an upright photo, or a refusal
    contents     a picture file without what its pixels do not need
    container_jpeg, container_png, container_gif, container_webp    how files of those formats become that
    missing_rows    whether a decoder filled up what a file lacks
    bmp, bmp_runs      BMP files, decoded here
    exif         how a photo is turned
    profiles     colours that a file describes by numbers, as ICC profiles
    srgb         pictures of any mode as 8-bit sRGB
    spec         what a network expects and what its outputs mean
    manifest     what a model folder says of itself
    layers       the network as a table of layers
    bundle       a network on disk: weights, spec and head, every byte checked
    preprocess   photo -> the array a network sees
    runtime      ONNX Runtime: a batch in, logits and feature maps out
    cam          the mathematics: feature maps and head -> class activation maps
    scores       logits -> probabilities, and the highest
    device_maps  the maps of all classes, made on a GPU beside the network
    classifier   all of the above in one call: photos -> explanations
    geometry     cells of a map <-> pixels of the photo; peaks
    zones        in which ninth of a photo most of the evidence lies
    regions      where strong evidence lies: boxes
    contours     the lines around it
    enclosed     how much of each cell lies within such a line, and of the evidence
    annotations, masks    such lines as files that other tools read
    rendering    maps in colour
    sheet        several maps on one sheet: the limit they share, and where each lies
    png          pictures as PNG files
    coverage     which cells a part of the photo covers, and how much of each
    evidence     what cells give to a class and take from it, and what a head says without them
    counterfactual    a photo without a part of it, and what its network says then
    fusion       several looks at one photo, at other scales and in the mirror, as one
    scales       the looks that each choice of scale takes
    channels     what each channel brought to a class's logit
    concentration    how concentrated a map's evidence is
    comparison   two networks' maps of one photo: their difference, and how the evidence moved
    renaming     a bundle under another name
    embedded     the default network, by name
    int8         what a bundle with 8-bit convolutions says of itself

Looking into a network:

    taps         what its layers give for a picture
    steps, wire  the steps of its graph, read from the file without a library for it
    detection    a filter slid over a picture, by hand
    pooling      one value for each window of a map
    parameter_counts    what layers cost, counted by hand
    shifting     a photo moved, and how far its maps moved along
    shuffling    cells in another order, and what a mean makes of them
    small_heads  a head of means and a head of cells, learned from a handful of photos

Labelled pictures:

    dataset      those of a folder or a table, split to learn from and to judge by
    listing, listing_folder, listing_table, tables, splits, findings    how they are read, split and told of
    boxes, boxes_voc, boxes_coco, masks_coco, coco    where things are on them, as somebody drew it
    corrections  where evidence is wrong, likewise
    census       which of them can be used
    features     what a network makes of them, computed once and kept
    feature_run, feature_store, segments    how they are computed, and lie on the disk

What training and measuring hand to those who have no torch:

    plan         what a training is asked for
    runs         a training under way, event by event
    metrics      what a trained network is worth: metrics.json
    mended       what a correction did to it, part of that
    figures      what both are made of
    intervals    how sure a share is
    head_comparison    what several heads are worth: comparison.json

Beneath all of it:

    sessions     how ONNX Runtime runs here
    overdue      passes that take too long are ended, where that is possible
    products     matrix products, quick also where one side is short
    host_memory  arrays that a GPU reads and writes by itself
    threads      work shared among threads
    durable      files that survive a power cut
    errors       what can go wrong

    evaluation   whether a network says the right thing and looks at the right place, over labelled pictures
    training     (needs torch) finds the head of a network, exports it as a bundle, and trains others

    classifier = Classifier.open(Path("models/resnet50"))
    [explanation] = classifier.explain([read_photo(data)])
    np.asarray(explanation.maps).mean((-2, -1)) + explanation.bias    # == explanation.logits
"""

import os

# ONNX Runtime's wheels tell their maker about the machine unless this is there before they are imported. Written past
# os.environ, so that nobody's environment is changed but this process's and its children's.
os.putenv("ORT_DISABLE_TELEMETRY", "1")

from model.bundle import Bundle, read_bundle, write_bundle
from model.classifier import Classifier, Explanation
from model.errors import ModelError
from model.photos import Photo, read_photo
from model.scores import top_classes
from model.spec import SCALES, Activation, HeadKind, ModelSpec

__all__ = [
    "SCALES",
    "Activation",
    "Bundle",
    "Classifier",
    "Explanation",
    "HeadKind",
    "ModelError",
    "ModelSpec",
    "Photo",
    "read_bundle",
    "read_photo",
    "top_classes",
    "write_bundle",
]
