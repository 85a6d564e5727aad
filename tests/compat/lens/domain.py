"""Where a lens is exact: on which values the way back restores what was there, to the letter.

`is_exact(lens, value, context)` states the domain of each operation, and of a lens the chain of
them: each must be exact for what the ones before it left. It is written from what the operations
mean and never tries the way back. False is no verdict: it says that nothing is promised.
"""

from typing import assert_never

from compat.lens.codecs import (
    DIGITS_MAX,
    BitCodec,
    Codec,
    ParameterCodec,
    RestyleCodec,
    ScaleCodec,
    TextCodec,
)
from compat.lens.interpret import Context, apply
from compat.lens.ops import (
    ITEM,
    VALUE,
    AdmitNull,
    Apply,
    Case,
    Convert,
    Copy,
    Default,
    Disclose,
    Drop,
    Enclose,
    FieldPath,
    Flow,
    Focus,
    Forget,
    Gap,
    Hook,
    Lens,
    Loss,
    MapValues,
    Merge,
    Move,
    OmitNull,
    Op,
    Rename,
    Restore,
    Split,
    Stash,
    Step,
    Test,
    Unwrap,
    Wrap,
    invert,
)
from compat.lens.refusal import Refused
from compat.model.interface import Style
from compat.model.schema import ABSENT, Json, Kind
from tests.compat.lens.exactly import same, written

Object = dict[str, Json]
