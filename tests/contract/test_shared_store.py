"""The shipped stores, blocking and awaited, held to the contract of the port."""

from __future__ import annotations

import os
import pickle
import stat
from typing import TYPE_CHECKING, Any

import pytest
import redis
from cryptography.fernet import Fernet

from lpfunctions import FaaSConfigurationError
from lpfunctions.adapters.aio.shared_store import asynchronous
from lpfunctions.adapters.blocking.shared_store import AsyncShapedStore
from lpfunctions.stores import EncryptedStore, FileStore, RedisStore
from lpfunctions.testing.contracts import SharedStoreContract
from tests.support.redis_server import need_redis, redis_cluster, redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = Fernet.generate_key()


class OverFiles(SharedStoreContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "store"


class TestFileStore(OverFiles):
    def build(self) -> Any:
        return FileStore(self.folder)


class TestFileStoreInThreads(OverFiles):
    def build(self) -> Any:
        return asynchronous(FileStore(self.folder))


class TestFileStoreForTheCodeOfBothModes(OverFiles):
    def build(self) -> Any:
        return AsyncShapedStore(FileStore(self.folder))


class TestEncryptedFileStore(OverFiles):
    def build(self) -> Any:
        return EncryptedStore(FileStore(self.folder), keys=[KEY])


class OverRedis(SharedStoreContract):
    server_options: tuple[str, ...] = ()

    @pytest.fixture(scope="class")
    @classmethod
    def _server(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
        need_redis()
        with redis_server(tmp_path_factory.mktemp("redis"), *cls.server_options) as (url, _):
            yield url

    @pytest.fixture(autouse=True)
    def _views(self, _server: str, _own_loop: None) -> Iterator[None]:
        self.url, self._open = _server, list[Any]()
        yield
        for store in self._open:
            self.settle(store.aclose() if hasattr(store, "aclose") else store.close())

    def keep(self, store: Any) -> Any:
        self._open.append(store)
        return store


@pytest.mark.external
class TestRedisStore(OverRedis):
    def build(self) -> Any:
        return self.keep(RedisStore(self.url))


@pytest.mark.external
class TestAsyncRedisStore(OverRedis):
    def build(self) -> Any:
        return self.keep(asynchronous(RedisStore(self.url)))


@pytest.mark.external
class TestAsyncEncryptedRedisStore(OverRedis):
    def build(self) -> Any:
        return self.keep(asynchronous(EncryptedStore(RedisStore(self.url), keys=[KEY])))


class OverRedisCluster(OverRedis):
    @pytest.fixture(scope="class")
    @classmethod
    def _server(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
        need_redis()
        with redis_cluster(tmp_path_factory.mktemp("cluster")) as url:
            yield url

    def test_values_are_on_several_nodes(self) -> None:
        store = RedisStore(self.url, cluster=True)
        for number in range(20):
            store.put(f"key {number}", b"value", ttl_seconds=60)
        client: Any = redis.RedisCluster.from_url(self.url)
        with client:
            counts = [node.redis_connection.dbsize() for node in client.get_primaries()]
        store.close()
        assert len(counts) == 3
        assert min(counts) > 0


@pytest.mark.external
class TestRedisStoreOnACluster(OverRedisCluster):
    def build(self) -> Any:
        return self.keep(RedisStore(self.url, cluster=True))


@pytest.mark.external
class TestAsyncRedisStoreOnACluster(OverRedisCluster):
    def build(self) -> Any:
        return self.keep(asynchronous(RedisStore(self.url, cluster=True)))


def test_files_are_for_the_user_alone(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "new")
    store.put("key", b"value", ttl_seconds=60)
    store.acquire("key", "holder", ttl_seconds=60)

    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    files = list((tmp_path / "new").iterdir())
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_folder_that_others_may_read_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o750)
    with pytest.raises(FaaSConfigurationError, match=r"others may read .* chmod 700"):
        FileStore(folder)


def test_a_file_that_is_no_record_is_an_error_until_it_is_replaced(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    store.put("key", b"value", ttl_seconds=60)
    (file,) = (tmp_path / "store").glob("*.value")
    file.write_text('{"version": 99}')

    with pytest.raises(ValueError, match="no record of version 1"):
        store.get("key")
    store.put("key", b"again", ttl_seconds=60)
    assert store.get("key") == b"again"


def test_an_interrupted_write_leaves_nothing_behind(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    with pytest.raises(OverflowError):
        store.put("key", b"value", ttl_seconds=10**400)
    assert [file for file in os.listdir(tmp_path / "store") if file.endswith(".new")] == []  # noqa: PTH208
    assert store.get("key") is None


def test_nothing_of_an_encrypted_value_can_be_read(tmp_path: Path) -> None:
    store = EncryptedStore(FileStore(tmp_path / "store"), keys=[KEY])
    store.put("key", b"the token", ttl_seconds=60)
    for file in (tmp_path / "store").iterdir():
        assert b"the token" not in file.read_bytes()
        assert b"dGhlIHRva2Vu" not in file.read_bytes()


def test_a_key_ring_reads_what_older_keys_wrote(tmp_path: Path) -> None:
    older, newer = Fernet.generate_key(), Fernet.generate_key()
    EncryptedStore(FileStore(tmp_path / "s"), keys=[older]).put("key", b"value", ttl_seconds=60)
    assert EncryptedStore(FileStore(tmp_path / "s"), keys=[newer, older]).get("key") == b"value"


@pytest.mark.parametrize("keys", [[], [b"short"], "a key and no list", [object()]])
def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path, keys: Any) -> None:
    with pytest.raises(FaaSConfigurationError, match="EncryptedStore") as refused:
        EncryptedStore(FileStore(tmp_path / "s"), keys=keys)
    assert "short" not in str(refused.value)
    assert refused.value.__context__ is None


def test_stores_are_pickled_by_what_they_were_made_of(tmp_path: Path) -> None:
    store = EncryptedStore(FileStore(tmp_path / "s"), keys=[KEY])
    store.put("key", b"value", ttl_seconds=60)
    assert pickle.loads(pickle.dumps(store)).get("key") == b"value"
    redis = RedisStore("rediss://user:hidden@cache.example:6380/1", options={"ssl_ca_certs": "ca.pem"})
    assert repr(pickle.loads(pickle.dumps(redis))) == repr(redis) == "<RedisStore rediss://cache.example/1>"


@pytest.mark.parametrize("url", ["cache.example:6379", "http://cache.example", ""])
def test_a_url_that_is_not_one_of_redis_is_refused(url: str) -> None:
    with pytest.raises(FaaSConfigurationError, match="redis://"):
        RedisStore(url)
