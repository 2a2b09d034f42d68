"""What a network is worth over labelled pictures: whether it says the right thing, and looks at the right place.

In reading order:

    records      what is kept of each picture, and of all of them
    figures      the numbers of all of them
    folder       where it is kept: appended as pictures are done, gone on with after a kill

Nothing here needs torch. scikit-learn comes with the extra `evaluate` and is imported when it is used.
"""
