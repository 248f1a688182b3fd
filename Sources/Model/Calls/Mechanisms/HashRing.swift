import Kernel

/// Consistent hashing (Karger et al., 1997): each replica owns the arcs before its points on a ring.
///
/// A replica that may not be called leaves its keys to the replicas that follow its points; all other
/// keys stay where they are. The ring depends on the number of replicas alone, not on the seed.
package struct HashRing: Sendable {
    package static let pointsPerReplica = 128

    private struct Point: BitwiseCopyable, Sendable {
        var hash: UInt64
        var replica: Int64
    }
    private var points: TrivialArray<Point>

    /// O(n log n) in the points.
    package init(replicas: Int) {
        var points: [Point] = []
        for replica in 0..<max(0, replicas) {
            for point in 0..<Self.pointsPerReplica {
                let hash = mixed(mixed(UInt64(replica)) ^ UInt64(point))
                points.append(Point(hash: hash, replica: Int64(replica)))
            }
        }
        points.sort { ($0.hash, $0.replica) < ($1.hash, $1.replica) }
        self.points = TrivialArray(points)
    }

    /// The first replica at or after the key's place that may be called.
    func replica(for key: UInt64, _ eligible: Eligibility) -> Int? {
        let place = mixed(key ^ 0x5851_F42D_4C95_7F2D)
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle].hash < place { low = middle + 1 } else { high = middle }
        }
        for step in points.indices {
            let index = low + step
            let replica = Int(points[index < points.count ? index : index - points.count].replica)
            if replica < eligible.views.count && eligible[replica] { return replica }
        }
        return nil
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): a bijection that mixes all bits.
func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
}
