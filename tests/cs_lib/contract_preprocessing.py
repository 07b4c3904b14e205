"""Examples of preprocessing for test_contract.py, which says what they mean."""

import numpy as np

RNG = np.random.default_rng(19)
X = RNG.uniform(0, 1, (40, 2, 2, 3)) * RNG.uniform(0.2, 2, (2, 2, 3)) + 0.3
ROWS = X.reshape(40, 12)


def example(*args, data=X, **options):
    def make(cls, array):
        return cls(*args, **options).fit(array(data))

    def outputs(model, array):
        y = model.transform(array(data))
        return [y, model.inverse_transform(y), *model.state_dict().values()]

    return make, outputs


EXAMPLES = {
    "preprocessing.MeanImage": example(),
    "preprocessing.ChannelMean": example(),
    "preprocessing.ChannelStandardize": example(data=ROWS),
    "preprocessing.PCA": example(3),
    "preprocessing.Whitening": example(eps=0.01),
}
