"""A client of MariaDB in a hundred lines: text queries, passwords by mysql_native_password, no TLS. It needs no library, and
what it measures is the server's answer and nothing else. Numbers below are those of the client/server protocol."""

import hashlib
import socket
import struct

_LONG_PASSWORD, _PROTOCOL_41, _TRANSACTIONS, _SECURE, _PLUGIN_AUTH = 0x1, 0x200, 0x2000, 0x8000, 0x80000
_CONNECT_WITH_DB = 0x8
_UTF8MB4 = 45
_QUERY, _QUIT = 3, 1
_OK, _END, _SWITCH, _ERROR = 0x00, 0xFE, 0xFE, 0xFF


class Refused(Exception):
    """The server's answer was an error, in its words."""


class Connection:
    """Any OSError or Refused leaves it unusable but for `close()`."""

    def __init__(self, address, port, user, password, schema, patience=10):
        self._socket = socket.create_connection((address, port), patience)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._stream = self._socket.makefile("rb")
            self._log_in(user.encode(), password.encode(), schema.encode())
        except BaseException:
            self._socket.close()
            raise

    def close(self):
        self._socket.close()

    def query(self, statement):
        """Rows as lists of strings; none for a statement that has no result."""
        self._number = -1
        self._send(bytes([_QUERY]) + statement.encode())
        head = self._receive()
        if head[0] == _OK:
            return []
        columns, _ = _length(head, 0)
        for _ in range(columns + 1):  # their definitions, and an end
            self._receive()
        rows = []
        while not ((packet := self._receive())[0] == _END and len(packet) < 9):
            rows.append(_fields(packet, columns))
        return rows

    def _log_in(self, user, password, schema):
        greeting = self._receive()
        position = greeting.index(0, 1) + 1 + 4  # protocol, version, thread
        scramble = greeting[position:position + 8]
        scramble += greeting[position + 8 + 1 + 2 + 1 + 2 + 2 + 1 + 10:][:12]
        flags = _LONG_PASSWORD | _PROTOCOL_41 | _TRANSACTIONS | _SECURE | _PLUGIN_AUTH | _CONNECT_WITH_DB
        proof = _proof(password, scramble)
        self._send(struct.pack("<IIB23x", flags, 1 << 24, _UTF8MB4) + user + b"\0" + bytes([len(proof)]) + proof + schema
                   + b"\0mysql_native_password\0")
        answer = self._receive()
        if answer[0] == _SWITCH:
            plugin, _, scramble = answer[1:].partition(b"\0")
            if plugin != b"mysql_native_password":
                raise Refused(f"the server asks for {plugin.decode(errors='replace')}")
            self._send(_proof(password, scramble.rstrip(b"\0")))
            self._receive()

    def _send(self, payload):
        self._number = (self._number + 1) & 0xFF
        self._socket.sendall(struct.pack("<I", len(payload))[:3] + bytes([self._number]) + payload)

    def _receive(self):
        head = self._read(4)
        self._number = head[3]
        packet = self._read(int.from_bytes(head[:3], "little"))
        if packet[0] == _ERROR:
            raise Refused(packet[9:].decode(errors="replace") if packet[3:4] == b"#" else packet[3:].decode(errors="replace"))
        return packet

    def _read(self, size):
        found = self._stream.read(size)
        if len(found) < size or not size:
            raise ConnectionResetError("the server closed the connection")
        return found


def _proof(password, scramble):
    if not password:
        return b""
    once = hashlib.sha1(password).digest()
    mixed = hashlib.sha1(scramble + hashlib.sha1(once).digest()).digest()
    return bytes(a ^ b for a, b in zip(once, mixed))


def _length(packet, position):
    """A length, and where what is so long begins; None is SQL's NULL."""
    first = packet[position]
    if first == 0xFB:
        return None, position + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(first)
    if size is None:
        return first, position + 1
    return int.from_bytes(packet[position + 1:position + 1 + size], "little"), position + 1 + size


def _fields(packet, count):
    fields, position = [], 0
    for _ in range(count):
        size, position = _length(packet, position)
        fields.append(None if size is None else packet[position:position + size].decode(errors="replace"))
        position += size or 0
    return fields
