"""Writes the smallest files of MaxMind's DB format, version 2.0: IPv4, one number a network.

Source: https://maxmind.github.io/MaxMind-DB/ (the format's specification).
"""

from ipaddress import ip_network

MARKER = b"\xab\xcd\xefMaxMind.com"
SEPARATOR = bytes(16)
RECORD = 24


def written(path, networks, *, kind="Test-ASN", member="autonomous_system_number"):
    """Write a file that says of each network what `networks` maps it to; return its path."""
    nodes, data = [[None, None]], b""
    for network, number in networks.items():
        offset = len(data)
        data += _value({member: number})
        _planted(nodes, ip_network(network), offset)
    metadata = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1_800_000_000,
        "database_type": kind,
        "description": {"en": "networks of documentation"},
        "ip_version": 4,
        "languages": ["en"],
        "node_count": len(nodes),
        "record_size": RECORD,
    }
    path.write_bytes(_tree(nodes) + SEPARATOR + data + MARKER + _value(metadata))
    return path


def _planted(nodes, network, offset):
    bits = f"{int(network.network_address):032b}"[: network.prefixlen]
    at = 0
    for bit in map(int, bits[:-1]):
        if nodes[at][bit] is None:
            nodes.append([None, None])
            nodes[at][bit] = len(nodes) - 1
        at = nodes[at][bit]
    nodes[at][int(bits[-1])] = ("data", offset)


def _tree(nodes):
    return b"".join(_record(record, len(nodes)) for node in nodes for record in node)


def _record(record, count):
    if record is None:
        number = count
    elif isinstance(record, tuple):
        number = count + len(SEPARATOR) + record[1]
    else:
        number = record
    return number.to_bytes(RECORD // 8, "big")


def _value(value):
    if isinstance(value, dict):
        return _head(7, len(value)) + b"".join(_value(k) + _value(v) for k, v in value.items())
    if isinstance(value, list):
        return bytes([len(value), 4]) + b"".join(map(_value, value))
    if isinstance(value, str):
        return _head(2, len(value)) + value.encode()
    return _head(6, 4) + value.to_bytes(4, "big")


def _head(kind, size):
    """Return a control byte; sizes from 29 to 284 take another one."""
    return bytes([kind << 5 | size]) if size < 29 else bytes([kind << 5 | 29, size - 29])
