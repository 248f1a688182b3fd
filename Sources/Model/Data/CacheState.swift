package import Kernel

/// Which keys a cache holds, in the order in which it will give them up.
///
/// Entries stand in groups of equal use count, each in order of last use; the last entry of the least
/// used group goes first. A least-recently-used cache has one group, a least-frequently-used one
/// counts the hits of the entries it holds (Shah, Mitra and Matani, "An O(1) algorithm for
/// implementing the LFU cache eviction scheme", 2010) and breaks ties by age. Every operation is
/// O(1). A copy is a few references, and a copy is changed only after ``prepareForChanges()``.
package struct CacheState: Sendable {
    package enum Lookup: UInt8, Hashable, Sendable {
        case hit
        case miss
        /// It was there, but its time to live is over; it is gone now.
        case expired
    }

    struct Entry: BitwiseCopyable, Sendable {
        var key: UInt32
        var group: Int32
        /// Towards more recent use; -1 is none.
        var newer: Int32 = -1
        var older: Int32 = -1
        /// It is a hit before this instant.
        var expires: SimulatedInstant
    }

    struct Group: BitwiseCopyable, Sendable {
        var uses: UInt32
        var newest: Int32 = -1
        var oldest: Int32 = -1
        /// Groups of fewer and of more uses; -1 is none.
        var below: Int32 = -1
        var above: Int32 = -1
    }

    package let eviction: CacheDescription.Eviction
    package let timeToLive: SimulatedDuration?
    /// Keys it holds at most, >= 1.
    package private(set) var capacity: Int
    private var index = KeyIndex()
    var entries = SlotTable<Entry>()
    var groups = SlotTable<Group>()
    /// The group that gives up its oldest entry next; -1 when the cache is empty.
    var lowest: Int32 = -1

    package init(
        capacity: Int, timeToLive: SimulatedDuration? = nil,
        eviction: CacheDescription.Eviction = .leastRecentlyUsed
    ) {
        self.capacity = min(max(capacity, 1), KeyIndex.mostKeys)
        self.timeToLive = timeToLive
        self.eviction = eviction
    }

    /// The cache as the run starts. `keys` is the size of its keyspace.
    ///
    /// A warm cache holds the most popular keys, fetched at instants spread evenly over the time to
    /// live before the start, so that they do not all expire at once. O(keys held).
    package init(_ description: CacheDescription, keys: Int) {
        self.init(
            capacity: description.capacity, timeToLive: description.timeToLive,
            eviction: description.eviction)
        let held = min(Int(description.warm * Double(capacity) + 0.5), keys, capacity)
        for key in stride(from: held - 1, through: 0, by: -1) {
            let age = timeToLive.map { life in
                let share = KeyDraw.hash(UInt32(key)).multipliedFullWidth(
                    by: UInt64(bitPattern: max(life.nanoseconds, 1)))
                return SimulatedDuration(nanoseconds: Int64(share.high))
            }
            insert(UInt32(key), at: .start - (age ?? .zero))
        }
    }

    /// See `TrivialArray.prepareForChanges()`.
    package mutating func prepareForChanges() {
        index.prepareForChanges()
        entries.prepareForChanges()
        groups.prepareForChanges()
    }

    /// Keys it holds, expired ones that nobody has asked for among them.
    package var count: Int { index.count }

    /// Looks a key up, which counts as a use of it. O(1).
    package mutating func lookup(_ key: UInt32, at now: SimulatedInstant) -> Lookup {
        guard let slot = index[key] else { return .miss }
        if entries[slot].expires <= now {
            drop(slot)
            return .expired
        }
        use(slot)
        return .hit
    }

    /// Whether a key would be a hit, without using it. O(1).
    package func holds(_ key: UInt32, at now: SimulatedInstant) -> Bool {
        index[key].map { entries[$0].expires > now } ?? false
    }

    /// Puts a key in, or makes it fresh again; evicts another when the cache is full. O(1).
    ///
    /// `key` is below ``KeyIndex/mostKeys``.
    package mutating func insert(_ key: UInt32, at now: SimulatedInstant) {
        let expires = timeToLive.map { now.advanced(saturatingBy: $0) } ?? .never
        if let slot = index[key] {
            entries[slot].expires = expires
            if eviction == .leastRecentlyUsed { use(slot) }
            return
        }
        if index.count >= capacity { evict() }
        append(key, uses: 1, expires: expires)
    }

    /// Takes a key out, as a write that invalidates it does. O(1).
    package mutating func remove(_ key: UInt32) {
        if let slot = index[key] { drop(slot) }
    }

    /// Empties the cache. O(capacity used).
    package mutating func flush() {
        index.removeAll()
        entries = SlotTable()
        groups = SlotTable()
        lowest = -1
    }

    /// Changes the capacity and evicts what no longer fits.
    package mutating func resize(to newCapacity: Int) {
        capacity = min(max(newCapacity, 1), KeyIndex.mostKeys)
        while index.count > capacity { evict() }
    }

    private mutating func evict() {
        if lowest >= 0 { drop(groups[lowest].oldest) }
    }

    private mutating func drop(_ slot: Int32) {
        index.remove(entries[slot].key)
        unlink(slot)
        entries.remove(slot)
    }

    /// Adds an entry as the newest of the lowest group, which is `uses` or, if that is higher, comes
    /// after a new one.
    private mutating func append(_ key: UInt32, uses: UInt32, expires: SimulatedInstant) {
        if lowest < 0 || groups[lowest].uses > uses {
            let group = groups.insert(Group(uses: uses, above: lowest))
            if lowest >= 0 { groups[lowest].below = group }
            lowest = group
        }
        let slot = entries.insert(Entry(key: key, group: lowest, expires: expires))
        link(slot, to: lowest)
        index.insert(key, slot)
    }

    /// For decoding: adds an entry as the newest of `group`. False if the key is there already.
    mutating func append(_ key: UInt32, to group: Int32, expires: SimulatedInstant) -> Bool {
        guard index[key] == nil, Int(key) < KeyIndex.mostKeys, index.count < capacity else {
            return false
        }
        let slot = entries.insert(Entry(key: key, group: group, expires: expires))
        link(slot, to: group)
        index.insert(key, slot)
        return true
    }

    private mutating func use(_ slot: Int32) {
        let group = entries[slot].group
        if eviction == .leastRecentlyUsed {
            if groups[group].newest == slot { return }
            unlink(slot)
            link(slot, to: group)
            return
        }
        let uses = groups[group].uses
        guard uses < .max else { return }
        let above = groups[group].above
        let hasNext = above >= 0 && groups[above].uses == uses + 1
        if !hasNext, groups[group].newest == slot, groups[group].oldest == slot {
            groups[group].uses = uses + 1
            return
        }
        let target = hasNext ? above : insertGroup(uses: uses + 1, after: group)
        unlink(slot)
        link(slot, to: target)
    }

    private mutating func insertGroup(uses: UInt32, after group: Int32) -> Int32 {
        let above = groups[group].above
        let new = groups.insert(Group(uses: uses, below: group, above: above))
        groups[group].above = new
        if above >= 0 { groups[above].below = new }
        return new
    }

    private mutating func link(_ slot: Int32, to group: Int32) {
        let newest = groups[group].newest
        entries[slot].group = group
        entries[slot].newer = -1
        entries[slot].older = newest
        if newest >= 0 { entries[newest].newer = slot } else { groups[group].oldest = slot }
        groups[group].newest = slot
    }

    /// Takes an entry out of its group, and the group out if that leaves it empty.
    private mutating func unlink(_ slot: Int32) {
        let entry = entries[slot]
        let group = entry.group
        if entry.newer >= 0 {
            entries[entry.newer].older = entry.older
        } else {
            groups[group].newest = entry.older
        }
        if entry.older >= 0 {
            entries[entry.older].newer = entry.newer
        } else {
            groups[group].oldest = entry.newer
        }
        if groups[group].newest < 0 { removeGroup(group) }
    }

    private mutating func removeGroup(_ group: Int32) {
        let (below, above) = (groups[group].below, groups[group].above)
        if below >= 0 { groups[below].above = above } else { lowest = above }
        if above >= 0 { groups[above].below = below }
        groups.remove(group)
    }
}
