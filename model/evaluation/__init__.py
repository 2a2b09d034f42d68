"""What a network is worth over labelled pictures: whether it says the right thing, and looks at the right place.

In reading order:

    records      what is kept of each picture, and of all of them
    figures      the numbers of all of them
    folder       where it is kept: appended as pictures are done, gone on with after a kill
    data, naming    the pictures, under the classes that the network has
    drawings, places, marks, truth    what somebody drew, on which of them, and where that lies
    looking      one picture through the network
    run          all of them, in one pass
    classification, calibration    whether the right thing is said, and as surely as it should be
    evidence, pointing    where the evidence of a picture lies, and whether its peak lies on the thing
    localisation, pixels    how well a map's regions fit boxes, and its pixels a mask, at every threshold
    protocol, baselines     thresholds over a set of pictures; what comes of no network at all
    measuring    all of these, picture by picture and over the set
    trials       what is asked of a sample once more:
    orders, asking, faithfulness    does the network need what its maps show?
    cascade, likeness, sanity       do maps hang on what the network has learned?
    recurring    places that one class takes its evidence from, and the others do not
    triage       which pictures are worth a look, and why
    clustering, clusters    what a class goes by: pictures whose maps lie alike
    appended     lines of a file that grows
    bootstrap    how sure a number is

Nothing here needs torch. scikit-learn comes with the extra `evaluate` and is imported when it is used.
"""
