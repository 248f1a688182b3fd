package import Kernel

/// When something happens next in each of many replicas, and in which of them first.
///
/// A tree of minima in one array, the replicas its leaves. Changed only after
/// ``prepareForChanges()``. Memory: 16 to 32 bytes a replica.
package struct ReplicaClock: Sendable {
    /// Node *i* has the children 2*i* and 2*i* + 1; the root is 1; leaves start at `leaves`.
    private var tree: TrivialArray<SimulatedInstant>
    private let leaves: Int
    package let count: Int

    /// All replicas at ``SimulatedInstant/never``. `count` >= 0.
    package init(count: Int) {
        var leaves = 1
        while leaves < count { leaves *= 2 }
        self.leaves = leaves
        self.count = count
        tree = TrivialArray(repeating: .never, count: 2 * leaves)
    }

    /// Each replica at its instant. O(*n*).
    package init(_ instants: some Collection<SimulatedInstant>) {
        self.init(count: instants.count)
        for (replica, instant) in instants.enumerated() { tree[leaves + replica] = instant }
        for node in stride(from: leaves - 1, to: 0, by: -1) {
            tree[node] = min(tree[2 * node], tree[2 * node + 1])
        }
    }

    /// See ``TrivialArray/prepareForChanges()``.
    package mutating func prepareForChanges() { tree.prepareForChanges() }

    /// The earliest instant of all, or ``SimulatedInstant/never``. O(1).
    @inline(__always)
    package var earliest: SimulatedInstant { tree[1] }

    /// The replica at ``earliest``: the lowest number of several. O(log *n*).
    package var first: Int {
        var node = 1
        while node < leaves {
            node *= 2
            if tree[node] != tree[1] { node += 1 }
        }
        return node - leaves
    }

    @inline(__always)
    package subscript(replica: Int) -> SimulatedInstant { tree[leaves + replica] }

    /// Moves a replica to another instant. O(log *n*), O(1) when it was and is not first nearby.
    @inline(__always)
    package mutating func set(_ replica: Int, _ instant: SimulatedInstant) {
        precondition(replica >= 0 && replica < count, "no such replica")
        var node = leaves &+ replica
        guard tree[node] != instant else { return }
        tree[node] = instant
        while node > 1 {
            let least = min(tree[node], tree[node ^ 1])
            node >>= 1
            guard tree[node] != least else { return }
            tree[node] = least
        }
    }
}

extension ReplicaClock: BinaryCodable {
    package static var leastEncodedSize: Int { 4 }

    package func encode(into writer: inout ByteWriter) {
        writer.writeAll((0..<count).map { self[$0] })
    }

    /// Refuses instants before the start.
    package init(from reader: inout ByteReader) throws(ByteError) {
        let instants: ContiguousArray<SimulatedInstant> = try reader.readAll()
        guard instants.allSatisfy({ $0 >= .start }) else {
            throw ByteError(.invalid("instant of a replica"), offset: reader.offset)
        }
        self.init(instants)
    }
}
