"""Writes test/fixtures/hash-vectors.json: on which server the real libraries put a key.

    apt-get install -y python3-pymemcache python3-pylibmc memcached
    /usr/bin/python3 scripts/hash-vectors.py

Rendezvous is asked of pymemcache. Ketama is asked of libmemcached itself (`memcached_generate_hash`),
which pylibmc and PHP wrap; before it is believed, pylibmc stores keys on real servers, and each must
be where libmemcached said.
"""

import ctypes
import json
import pathlib
import random
import socket
import subprocess
import time

import pylibmc
import pymemcache
from pymemcache.client.hash import HashClient

OUT = pathlib.Path(__file__).parent.parent / 'test' / 'fixtures' / 'hash-vectors.json'

# MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED. Source: libmemcached's types/behavior.h.
KETAMA_WEIGHTED = 16

# As they are named in our `servers`; a weight follows a star.
POOLS = {
    'two on the default port': ['10.0.0.1:11211', '10.0.0.2:11211'],
    'three on other ports': ['127.0.0.1:21211', '127.0.0.1:21212', '127.0.0.1:21213'],
    'host names, ports mixed': ['cache-a.example:11211', 'cache-b.example:11212', 'cache-c.example:11211'],
    'IPv6': ['[::1]:11211', '[fe80::2]:11212', '[2001:db8::3]:11211', '10.0.0.9:11211'],
    'eight': [f'10.0.{i}.7:{11211 + i % 3}' for i in range(8)],
    'sockets and a host': ['/run/memcached/a.sock', '/run/memcached/b.sock', '10.0.0.1:11211'],
    'weights 1 and 2': ['10.0.0.1:11211*1', '10.0.0.2:11211*2'],
    'weights 1 to 5': [f'10.0.0.{i}:1121{i}*{i}' for i in range(1, 6)],
    'weights that are equal': ['10.0.0.1:11211*7', '10.0.0.2:11211*7', '10.0.0.3:11211*7'],
    'weights that round': ['10.0.0.1:11211*3', '10.0.0.2:11211*10', '10.0.0.3:11212*13', '10.0.0.4:11211*71'],
    'a weight with no label': ['10.0.0.1:11211*1', '10.0.0.2:11211*1000', '10.0.0.3:11211*1000'],
    'sockets with weights': ['/run/a.sock*2', '/run/b.sock*3'],
    'one': ['10.0.0.1:11211'],
}


def keys():
    choose = random.Random(20)
    texts = ['a', 'b', '0', ':1:answer', 'shop:3:answer', 'x' * 55, 'x' * 56, 'x' * 63, 'x' * 64, 'x' * 250]
    texts += [f'key:{i}' for i in range(60)]
    texts += [f':1:product:{choose.randrange(10**9)}' for _ in range(60)]
    texts += [''.join(chr(choose.randrange(0x21, 0x7f)) for _ in range(choose.randrange(1, 250))) for _ in range(60)]
    texts += ['blåbær', '清', '😀key', 'naïve:ключ', 'é' * 30, '清' * 80]
    texts += [''.join(chr(choose.choice([0x61, 0xe9, 0x416, 0x6e05, 0x1f600]) + choose.randrange(20)) for _ in range(choose.randrange(1, 60))) for _ in range(60)]
    return list(dict.fromkeys(texts))


def parse(text):
    """Gives host or path, port or None, weight."""
    place, _, weight = text.partition('*')
    weight = int(weight or 1)
    if place.startswith('/'):
        return place, None, weight
    host, _, port = place.rpartition(':')
    return host.strip('[]'), int(port), weight


class Libmemcached:
    def __init__(self, pool):
        lib = ctypes.CDLL('libmemcached.so.11')
        lib.memcached_create.restype = ctypes.c_void_p
        lib.memcached_generate_hash.restype = ctypes.c_uint32
        lib.memcached_lib_version.restype = ctypes.c_char_p
        self.lib = lib
        self.version = lib.memcached_lib_version().decode()
        self.handle = ctypes.c_void_p(lib.memcached_create(None))
        assert lib.memcached_behavior_set(self.handle, KETAMA_WEIGHTED, ctypes.c_uint64(1)) == 0
        for text in pool:
            host, port, weight = parse(text)
            if port is None:
                code = lib.memcached_server_add_unix_socket_with_weight(
                    self.handle, host.encode(), ctypes.c_uint32(weight))
            else:
                code = lib.memcached_server_add_with_weight(
                    self.handle, host.encode(), ctypes.c_uint16(port), ctypes.c_uint32(weight))
            assert code == 0, code

    def index(self, key):
        raw = key.encode()
        return self.lib.memcached_generate_hash(self.handle, raw, ctypes.c_size_t(len(raw)))


def rendezvous(pool, texts):
    """What pymemcache chooses; it knows no weights, so that equal ones are left out."""
    places = [parse(text) for text in pool]
    if len({weight for _, _, weight in places}) > 1:
        return None
    servers = [host if port is None else (host, port) for host, port, _ in places]
    client = HashClient(servers, allow_unicode_keys=True)
    names = [client._make_client_key(server) for server in servers]
    return [names.index(client.hasher.get_node(text)) for text in texts]


def prove_pylibmc_agrees(texts):
    """Stores through pylibmc, with weights, and looks where each key landed."""
    weights = [1, 2, 5]
    ports = free_ports(len(weights))
    servers = [subprocess.Popen(['memcached', '-u', 'nobody', '-l', '127.0.0.1', '-p', str(port)]) for port in ports]
    try:
        for port in ports:
            wait_for(port)
        behaviors = {'ketama_weighted': True}
        places = list(zip(ports, weights))
        client = pylibmc.Client([f'127.0.0.1:{port}:{weight}' for port, weight in places], behaviors=behaviors)
        library = Libmemcached([f'127.0.0.1:{port}*{weight}' for port, weight in places])
        # The text protocol takes no more.
        plain = [text for text in texts if len(text.encode()) < 250]
        for text in plain:
            client.set(text.encode(), b'1')
        for text in plain:
            found = [holds(port, text) for port in ports]
            expected = [i == library.index(text) for i in range(len(ports))]
            assert found == expected, (text, found, expected)
        return len(plain)
    finally:
        for server in servers:
            server.kill()


def free_ports(count):
    listening = [socket.create_server(('127.0.0.1', 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in listening]
    for each in listening:
        each.close()
    return ports


def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(('127.0.0.1', port)).close()
            return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f'memcached on {port} does not start')


def holds(port, key):
    with socket.create_connection(('127.0.0.1', port)) as connection:
        connection.sendall(b'mg ' + key.encode() + b'\r\n')
        return connection.recv(100) == b'HD\r\n'


def main():
    texts = keys()
    proven = prove_pylibmc_agrees(texts)
    pools = []
    for title, pool in POOLS.items():
        library = Libmemcached(pool)
        pools.append({
            'title': title,
            'servers': pool,
            'rendezvous': rendezvous(pool, texts),
            'ketama': [library.index(text) for text in texts],
        })
    versions = {
        'pymemcache': pymemcache.__version__,
        'pylibmc': pylibmc.__version__,
        'libmemcached': debian_version('libmemcached11'),
        'keysThatPylibmcStoredWhereLibmemcachedSaid': proven,
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(text_of({'madeBy': versions, 'keys': texts, 'pools': pools}), encoding='utf8')
    print(f'{len(texts)} keys, {len(pools)} pools, {versions}')


def debian_version(package):
    # The library says 1.0.18 of itself in every 1.1: its packagers know better.
    shown = subprocess.run(['dpkg-query', '-W', '-f', '${Version}', package], capture_output=True, text=True)
    return shown.stdout or 'unknown'


def text_of(document):
    """One line per list of places, so that a difference can be read."""
    pools = [
        '    {\n' + ',\n'.join(f'      {json.dumps(name)}: {json.dumps(value)}' for name, value in pool.items()) + '\n    }'
        for pool in document['pools']
    ]
    return (
        '{\n'
        f'  "madeBy": {json.dumps(document["madeBy"])},\n'
        f'  "keys": {json.dumps(document["keys"])},\n'
        '  "pools": [\n' + ',\n'.join(pools) + '\n  ]\n}\n'
    )


main()
