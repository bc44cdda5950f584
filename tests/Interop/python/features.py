"""The documented features of python3-etcd3, one after another, against the server on 127.0.0.1:<first argument>.

Prints one line per feature and ends with 0, or with the traceback of the first that failed.
"""
import queue
import sys
import tempfile
import threading

import etcd3

PATIENCE_SECONDS = 20


def put_get_delete(client):
    client.put("doot", "hello")
    value, metadata = client.get("doot")
    assert value == b"hello", value
    assert metadata.key == b"doot" and metadata.version == 1, metadata
    client.put("doot", "again", prev_kv=True)
    assert client.get("doot")[1].version == 2
    assert client.delete("doot") is True
    assert client.delete("doot") is False
    assert client.get("doot") == (None, None)


def ranges(client):
    for i in range(20):
        client.put("/range/%02d" % i, str(i))
    client.put("/rangeother", "x")
    assert [v for v, _ in client.get_prefix("/range/")] == [str(i).encode() for i in range(20)]
    descending = [v for v, _ in client.get_prefix("/range/", sort_order="descend")]
    assert descending == [str(i).encode() for i in reversed(range(20))]
    by_value = [v for v, _ in client.get_prefix("/range/", sort_order="ascend", sort_target="value")]
    assert by_value == sorted(str(i).encode() for i in range(20))
    assert [m.key for _, m in client.get_range("/range/05", "/range/08")] == [b"/range/05", b"/range/06", b"/range/07"]
    assert len(list(client.get_prefix("/range/", keys_only=True))) == 20
    assert len(list(client.get_all())) >= 21
    assert client.delete_prefix("/range/").deleted == 20
    assert list(client.get_prefix("/range/")) == []


def compare_and_swap(client):
    assert client.put_if_not_exists("cas", "1") is True
    assert client.put_if_not_exists("cas", "2") is False
    assert client.replace("cas", "1", "3") is True
    assert client.replace("cas", "1", "4") is False
    assert client.get("cas")[0] == b"3"


def transactions(client):
    client.put("txn", "first")
    done, answers = client.transaction(
        compare=[client.transactions.value("txn") == "first", client.transactions.version("txn") > 0],
        success=[client.transactions.put("txn", "second"), client.transactions.get("txn")],
        failure=[client.transactions.put("txn", "failed")],
    )
    assert done is True and len(answers) == 2, (done, answers)
    assert answers[1][0][0] == b"second", answers
    done, _ = client.transaction(
        compare=[client.transactions.create("txn") == 0],
        success=[],
        failure=[client.transactions.delete("txn")],
    )
    assert done is False
    assert client.get("txn")[0] is None
    nested = client.transactions.txn(
        compare=[client.transactions.version("inner") == 0], success=[client.transactions.put("inner", "yes")], failure=[])
    client.transaction(compare=[], success=[nested], failure=[])
    assert client.get("inner")[0] == b"yes"


def watches(client):
    events, cancel = client.watch_prefix("/watch/")
    for i in range(5):
        client.put("/watch/%d" % i, str(i))
    client.delete("/watch/0")
    seen = [next(events) for _ in range(6)]
    cancel()
    assert [e.key for e in seen] == [b"/watch/%d" % i for i in range(5)] + [b"/watch/0"], seen
    assert isinstance(seen[5], etcd3.events.DeleteEvent)


def watch_of_the_past(client):
    client.put("past", "1")
    revision = client.get("past")[1].mod_revision
    client.put("past", "2")
    events, cancel = client.watch("past", start_revision=revision)
    assert [next(events).value for _ in range(2)] == [b"1", b"2"]
    cancel()


def watch_callbacks(client):
    arrived = queue.Queue()
    watch_id = client.add_watch_callback("callback", lambda response: [arrived.put(e) for e in response.events])
    client.put("callback", "called")
    assert arrived.get(timeout=PATIENCE_SECONDS).value == b"called"
    client.cancel_watch(watch_id)
    timer = threading.Timer(0.2, lambda: client.put("once", "now"))
    timer.start()
    assert client.watch_once("once", timeout=PATIENCE_SECONDS).value == b"now"
    timer.join()


def watch_of_compacted(client):
    client.put("compacted", "1")
    first = client.get("compacted")[1].mod_revision
    client.put("compacted", "2")
    client.compact(first + 1)
    events, cancel = client.watch("compacted", start_revision=first)
    try:
        next(events)
        raise AssertionError("a watch of a compacted revision gave an event")
    except etcd3.exceptions.RevisionCompactedError as error:
        assert error.compacted_revision == first + 1, error.compacted_revision
    cancel()


def leases(client):
    lease = client.lease(60)
    client.put("leased", "x", lease)
    assert 0 < lease.remaining_ttl <= 60 and lease.granted_ttl == 60
    assert lease.keys == [b"leased"], lease.keys
    assert lease.refresh()[0].TTL == 60
    lease.revoke()
    assert client.get("leased")[0] is None
    short = client.lease(1)
    events, cancel = client.watch("short")
    client.put("short", "x", short)
    assert isinstance(next(events), etcd3.events.PutEvent)
    assert isinstance(next(events), etcd3.events.DeleteEvent)
    cancel()


def locks(client):
    first, second = client.lock("door", ttl=20), client.lock("door", ttl=20)
    assert first.acquire() is True and first.is_acquired()
    assert second.acquire(timeout=0) is False
    assert first.release() is True
    assert second.acquire(timeout=PATIENCE_SECONDS) is True
    second.release()
    with client.lock("door", ttl=20) as held:
        assert held.is_acquired()


def maintenance(client):
    status = client.status()
    assert status.db_size > 0 and status.version, status
    assert status.leader.id == next(iter(client.members)).id
    assert client.hash() > 0
    client.defragment()
    with tempfile.TemporaryFile() as file:
        client.snapshot(file)
        assert file.tell() > 16384
    client.create_alarm()
    assert len(list(client.list_alarms())) == 1
    try:
        client.put("full", "x")
        raise AssertionError("a put was accepted under a NOSPACE alarm")
    except Exception as error:
        if isinstance(error, AssertionError):
            raise
    assert len(list(client.disarm_alarm())) == 1
    client.put("full", "no more")
    assert list(client.list_alarms()) == []


FEATURES = [put_get_delete, ranges, compare_and_swap, transactions, watches, watch_of_the_past, watch_callbacks, watch_of_compacted,
            leases, locks, maintenance]


def main():
    client = etcd3.client(host="127.0.0.1", port=int(sys.argv[1]), timeout=PATIENCE_SECONDS)
    for feature in FEATURES:
        print(feature.__name__, flush=True)
        feature(client)
    client.close()
    print("done", flush=True)


main()
