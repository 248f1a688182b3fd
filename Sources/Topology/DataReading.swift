import Kernel
import Model

/// Reads keyspaces, caches, locks and replicas of data.
struct DataReading {
    let keyspaces: NameList
    let times: DistributionReading

    /// The keyspaces of a file; stand-ins for those that are wrong keep the numbers of the others.
    static func keyspaces(_ reader: ObjectReader) -> [KeyspaceDescription] {
        let entries =
            reader.named("keyspaces", "keyspaces by name, such as `items: { keys: 1000 }`") ?? []
        return entries.map { name, field in
            let entry = ObjectReader(.keyspace, field)
            return KeyspaceDescription(
                name: name, count: entry?.count("keys") ?? 1, exponent: entry?.number("zipf") ?? 0)
        }
    }

    func caches(_ reader: ObjectReader, replicas: Int?) -> [CacheDescription] {
        let wanted = "caches by name, such as `items: { keyspace: items, capacity: 1000 }`"
        let caches = (reader.named("caches", wanted) ?? []).map { cache($0.name, $0.value) }
        let held = caches.reduce(0) { $0 + $1.capacity * ($1.isShared ? 1 : replicas ?? 1) }
        if held > ModelLimits.cachedKeys {
            reader["caches"]?.fail(
                "the caches of all replicas together hold \(held) keys",
                "write less `capacity:`; the most is \(ModelLimits.cachedKeys)")
        }
        return caches
    }

    private func cache(_ name: String, _ field: Field) -> CacheDescription {
        var cache = CacheDescription(name: name, keyspace: 0, capacity: 1)
        guard let reader = ObjectReader(.cache, field) else { return cache }
        cache.keyspace = reader["keyspace"].flatMap(keyspaces.index) ?? 0
        cache.capacity = reader.count("capacity") ?? 1
        cache.timeToLive = reader.duration("ttl")
        cache.eviction = reader.choice("eviction", .eviction) ?? cache.eviction
        cache.isShared = reader.boolean("shared") ?? cache.isShared
        cache.isSingleFlight = reader.boolean("singleFlight") ?? cache.isSingleFlight
        cache.warm = reader.ratio("warm") ?? cache.warm
        return cache
    }

    func locks(_ reader: ObjectReader) -> [LockDescription] {
        let wanted = "locks by name, such as `rows: { keyspace: items }`"
        return (reader.named("locks", wanted) ?? []).map { name, field in
            var lock = LockDescription(name: name, keyspace: 0, mode: .exclusive)
            guard let reader = ObjectReader(.lock, field) else { return lock }
            lock.keyspace = reader["keyspace"].flatMap(keyspaces.index) ?? 0
            lock.mode = reader.choice("mode", .lockMode) ?? lock.mode
            lock.wait = reader.duration("wait")
            if lock.mode == .optimistic {
                reader["wait"]?.fail(
                    "nobody waits for an optimistic lock",
                    "remove it, or write `mode: exclusive`")
            }
            return lock
        }
    }

    func replication(_ field: Field, replicas: Int?) -> ReplicationDescription? {
        guard let reader = ObjectReader(.replication, field),
            let lag = reader["lag"].flatMap(times.distribution)
        else { return nil }
        if replicas == 1 {
            field.fail(
                "a single replica has nobody to replicate to", "write `replicas: 2` or more")
        }
        return ReplicationDescription(
            lag: lag, apply: reader["apply"].flatMap(times.distribution),
            keyspace: reader["keyspace"].flatMap(keyspaces.index))
    }
}
