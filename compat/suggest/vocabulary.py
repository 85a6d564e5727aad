"""The words that names and descriptions of interfaces are made of."""

from typing import Final

# One spelling for each, and what is written short for it.
_SHORT_FOR: Final = """
address: addr
allocation: alloc
application: app
argument: arg
attribute: attr
authentication: auth
capability: cap
command: cmd
configuration: config cfg conf
count: cnt
description: desc descr
destination: dest dst
device: dev
directory: dir
environment: env
error: err
filesystem: fs
identifier: id uuid guid uid
image: img
information: info
interface: iface nic
length: len
limit: lim
management: mgmt
maximum: max
memory: mem
message: msg
minimum: min
network: net
number: num nr
object: obj
operation: op
option: opt
parameter: param
password: passwd pwd
position: pos
previous: prev
property: prop
protocol: proto
reference: ref
repository: repo
request: req
response: resp
sequence: seq
service: svc
source: src
specification: spec
statistic: stat
target: tgt
temporary: temp tmp
timestamp: ts
version: ver
volume: vol
"""

# Words that half of all names have: that two share one says little.
_COMMON: Final = """
count data enabled field identifier information is item key kind list name number object path state
status the time type uri url value
"""

_OPPOSITES: Final = """
used/free used/remaining used/available used/unused used/left used/reclaimable
total/used total/free total/remaining total/available capacity/used capacity/free
consumed/remaining consumed/available allocated/free allocated/available
spent/remaining elapsed/remaining minimum/maximum lower/upper low/high soft/hard
start/end start/stop started/stopped begin/end first/last before/after next/previous
source/destination source/target from/to sender/receiver local/remote
input/output in/out read/write reader/writer received/sent rx/tx ingress/egress
upload/download request/response request/limit allow/deny allowed/denied
include/exclude included/excluded enabled/disabled enable/disable public/private
internal/external parent/child client/server master/replica primary/secondary
created/updated created/deleted updated/deleted success/failure succeeded/failed
passed/failed online/offline attach/detach width/height latitude/longitude
user/group key/value old/new offset/length
"""

_FILLERS: Final = """
about after all also an and any are as at be been before but by can do does each for from has have
how if in into is it its may more must no not of on only one or other over shall should so such than
that the their them then there these they this those to used using via was were what when where
whether which while who will with would you your
field parameter value object property given set specifies describes represents returns contains
indicates defines optional required default
"""

_VERBS: Final = """
get put post patch delete del head list create add update set remove read fetch find by
"""

_ROWS: Final = [row.replace(":", "").split() for row in _SHORT_FOR.strip().splitlines()]

LONG: Final = {short: row[0] for row in _ROWS for short in row}
COMMON: Final = frozenset(_COMMON.split())
OPPOSITES: Final = frozenset(frozenset(pair.split("/")) for pair in _OPPOSITES.split())
FILLERS: Final = frozenset(_FILLERS.split())
"""Words of a description that say nothing about what it describes."""
VERBS: Final = frozenset(_VERBS.split())
"""Words of operationIds that the method says as well."""
