import Kernel

// Keys, caches, locks and replicas of data, as bytes. Indices are checked where they are used.

extension KeyspaceDescription: FieldCoded {
    static var blank: Self { Self(name: "", count: 1) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&name)
        try coder.field(&count, in: 1...ModelLimits.keys)
        try coder.field(&exponent, in: 0...100)
    }
}

extension CacheDescription: FieldCoded {
    static var blank: Self { Self(name: "", keyspace: 0, capacity: 1) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&name)
        try coder.field(&keyspace, in: 0...ModelLimits.keyspaces - 1)
        try coder.field(&capacity, in: 1...ModelLimits.keys)
        try coder.time(&timeToLive, isPositive: true)
        try coder.choice(&eviction)
        try coder.field(&isShared)
        try coder.field(&isSingleFlight)
        try coder.field(&warm, in: 0...1)
    }
}

extension LockDescription: FieldCoded {
    static var blank: Self { Self(name: "", keyspace: 0, mode: .exclusive) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&name)
        try coder.field(&keyspace, in: 0...ModelLimits.keyspaces - 1)
        try coder.choice(&mode)
        try coder.time(&wait, isPositive: true)
    }
}

extension ReplicationDescription: FieldCoded {
    static var blank: Self { Self(lag: Distribution(.deterministic(value: 0))) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&lag)
        try coder.field(&apply)
        try coder.field(&keyspace, in: 0...ModelLimits.keyspaces - 1)
    }
}
