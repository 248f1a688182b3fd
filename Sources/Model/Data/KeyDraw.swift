import Kernel

/// The keys of a model's keyspaces, and which of them a user's request is about.
///
/// A key depends on the seed, the user's request and the keyspace only, so every service that a
/// request reaches, and every retry, sees the same one.
package struct KeyDraw: Hashable, Sendable {
    package let seed: UInt64
    /// By keyspace.
    package let samplers: [ZipfSampler]

    package init(seed: UInt64, keyspaces: [KeyspaceDescription]) {
        self.seed = seed
        samplers = keyspaces.map { ZipfSampler(count: $0.count, exponent: $0.exponent) }
    }

    /// The key of a user's request: 0 is the most popular one. O(1).
    package func key(of request: UInt64, in keyspace: Int) -> UInt32 {
        let draw = DrawKey(
            seed: seed, identity: request, purpose: .key, step: UInt16(truncatingIfNeeded: keyspace)
        )
        return UInt32(samplers[keyspace].sample(draw))
    }

    /// A well-mixed number that stands for a key, for hashing it to a shard or a ring.
    package static func hash(_ key: UInt32) -> UInt64 { CallIdentity.mix(UInt64(key)) }

    /// The shard of a key: its hash modulo `shards` >= 1, without the modulo's bias.
    package static func shard(of key: UInt32, among shards: Int) -> Int {
        Int(hash(key).multipliedFullWidth(by: UInt64(shards)).high)
    }
}
