/// How often durations occurred, by size: a mergeable histogram with a bounded relative error.
///
/// Log-linear, as in Gil Tene's HdrHistogram: nanoseconds below 256 have a bucket each, above that
/// every power of two is cut into 128 equal buckets. A quantile is off by at most ``relativeError``
/// of the true order statistic; count, sum, mean, variance, minimum and maximum are exact.
///
/// A plain value: equal histograms have recorded the same buckets, sums and extremes, in whatever
/// order and through whatever merges. Memory: 1 KiB for each power of two between the extremes.
public struct LatencyHistogram: Hashable, Sendable {
    /// The bound on the relative error of a quantile: 2⁻⁸, 0.4 %.
    public static let relativeError = 0x1p-8

    /// The number of buckets in one power of two.
    @usableFromInline static let octave = 128

    /// Counts of the buckets from `first` on; whole octaves, the first and last of them in use.
    @usableFromInline var counts: [UInt64] = []
    @usableFromInline var first = 0
    @usableFromInline var number: UInt64 = 0
    /// In nanoseconds; 2⁶⁴ durations of 292 years fit.
    @usableFromInline var sum: UInt128 = 0
    /// The sum of squared nanoseconds, or its largest value when it does not fit.
    @usableFromInline var sumOfSquares: UInt128 = 0
    @usableFromInline var least = Int64.max
    @usableFromInline var most = Int64.min

    public init() {}

    /// Counts one duration; a negative one counts as zero.
    @inlinable
    public mutating func record(_ duration: SimulatedDuration) {
        let value = Swift.max(duration.nanoseconds, 0)
        count(value, 1)
        sum &+= UInt128(truncatingIfNeeded: value)
        let square = value.magnitude.multipliedFullWidth(by: value.magnitude)
        addSquares(UInt128(square.high) << 64 | UInt128(square.low))
    }

    /// Counts a duration `times` over.
    public mutating func record(_ duration: SimulatedDuration, count times: UInt64) {
        if times == 0 { return }
        let value = Swift.max(duration.nanoseconds, 0)
        count(value, times)
        let size = UInt128(value)
        sum &+= size * UInt128(times)
        let (squares, overflow) = (size * size).multipliedReportingOverflow(by: UInt128(times))
        addSquares(overflow ? .max : squares)
    }

    @inlinable
    mutating func count(_ value: Int64, _ times: UInt64) {
        let bucket = Self.bucket(of: value)
        if UInt(bitPattern: bucket &- first) >= UInt(bitPattern: counts.count) { cover(bucket) }
        counts[bucket &- first] &+= times
        number &+= times
        least = Swift.min(least, value)
        most = Swift.max(most, value)
    }

    @inlinable
    mutating func addSquares(_ squares: UInt128) {
        let (total, overflow) = sumOfSquares.addingReportingOverflow(squares)
        sumOfSquares = overflow ? .max : total
    }

    /// Below 256 the value itself; above, the octave and the seven bits after the leading one.
    @inlinable
    static func bucket(of value: Int64) -> Int {
        let shift = 56 &- Swift.min((value | 1).leadingZeroBitCount, 56)
        return shift &* octave
            &+ Int(truncatingIfNeeded: value &>> Int64(truncatingIfNeeded: shift))
    }

    /// The smallest value of a bucket and how many values it holds.
    static func range(of bucket: Int) -> (low: Int64, width: Int64) {
        let shift = Swift.max(bucket / octave - 1, 0)
        return (Int64(bucket - shift * octave) << Int64(shift), 1 << Int64(shift))
    }

    /// Makes room for `bucket`, by whole octaves.
    @usableFromInline @inline(never)
    mutating func cover(_ bucket: Int) {
        let start = bucket / Self.octave * Self.octave
        if counts.isEmpty {
            first = start
        } else if start < first {
            counts.insert(contentsOf: repeatElement(0, count: first - start), at: 0)
            first = start
        }
        let missing = start + Self.octave - (first + counts.count)
        if missing > 0 { counts.append(contentsOf: repeatElement(0, count: missing)) }
    }

    /// Adds everything `other` has recorded. O(buckets).
    public mutating func merge(_ other: Self) {
        if other.count == 0 { return }
        cover(other.first)
        cover(other.first + other.counts.count - 1)
        let shift = other.first - first
        other.counts.withUnsafeBufferPointer { source in
            counts.withUnsafeMutableBufferPointer { target in
                let target = UnsafeMutableBufferPointer(rebasing: target[shift...])
                for index in source.indices { target[index] &+= source[index] }
            }
        }
        number += other.number
        sum &+= other.sum
        addSquares(other.sumOfSquares)
        least = Swift.min(least, other.least)
        most = Swift.max(most, other.most)
    }

    /// Forgets everything recorded, and keeps the memory for what comes next.
    public mutating func removeAll() {
        var emptied = counts
        counts = []
        emptied.removeAll(keepingCapacity: true)
        self = Self()
        counts = emptied
    }
}

// What a histogram tells.
extension LatencyHistogram {
    /// The number of durations recorded.
    public var count: UInt64 { number }
    /// Exact, in nanoseconds.
    public var sumOfNanoseconds: UInt128 { sum }
    public var isEmpty: Bool { number == 0 }
    /// Exact; `nil` when nothing was recorded.
    public var minimum: SimulatedDuration? {
        isEmpty ? nil : SimulatedDuration(nanoseconds: least)
    }
    /// Exact; `nil` when nothing was recorded.
    public var maximum: SimulatedDuration? {
        isEmpty ? nil : SimulatedDuration(nanoseconds: most)
    }
    /// In seconds; `nil` when nothing was recorded.
    public var mean: Double? {
        isEmpty ? nil : Double(sumOfNanoseconds) / Double(count) / 1e9
    }

    /// The variance of what was recorded, in seconds squared, from exact sums.
    ///
    /// `nil` when nothing was recorded, or when the sum of squares exceeds 128 bits (only with
    /// durations of years).
    public var variance: Double? {
        if isEmpty || sumOfSquares == .max { return nil }
        let n = UInt128(count)
        let (scaled, tooLarge) = sumOfSquares.multipliedReportingOverflow(by: n)
        let (square, alsoTooLarge) = sumOfNanoseconds.multipliedReportingOverflow(
            by: sumOfNanoseconds)
        if !tooLarge && !alsoTooLarge && scaled >= square {
            return Double(scaled - square) / Double(count) / Double(count) / 1e18
        }
        let mean = Double(sumOfNanoseconds) / Double(count)
        return Swift.max(0, Double(sumOfSquares) / Double(count) - mean * mean) / 1e18
    }

    /// The duration that a share `q` of all durations does not exceed; `nil` when empty.
    ///
    /// The order statistic of rank ⌈q n⌉, within ``relativeError``: the middle of its bucket, cut to
    /// the extremes. 0 and less give the minimum, 1 and more the maximum, exactly. O(buckets).
    public func quantile(_ q: Double) -> SimulatedDuration? {
        var place = Place()
        return quantile(q, from: &place)
    }

    /// An octave that a search for a rank has come to, and how many durations lie below it.
    public struct Place {
        var octave = 0
        var below: UInt64 = 0
        public init() {}
    }

    /// As ``quantile(_:)``, for several shares in ascending order: a search goes on where the one before
    /// ended, so that all together are one pass over the buckets.
    public func quantile(_ q: Double, from place: inout Place) -> SimulatedDuration? {
        if !(q > 0) { return minimum }
        if q >= 1 { return maximum }
        let exact = q * Double(count)
        var rank = UInt64(exact)
        if Double(rank) < exact { rank += 1 }
        guard let bucket = bucket(ofRank: rank, from: &place) else { return maximum }
        let (low, width) = Self.range(of: bucket)
        let middle = low + width / 2
        return SimulatedDuration(nanoseconds: Swift.min(Swift.max(middle, least), most))
    }

    /// The first bucket up to which at least `rank` >= 1 durations lie. Whole octaves are added up
    /// first, which costs a fraction of looking at every bucket.
    private func bucket(ofRank rank: UInt64, from place: inout Place) -> Int? {
        counts.withUnsafeBufferPointer { counts in
            while (place.octave + 1) * Self.octave <= counts.count {
                let start = place.octave * Self.octave
                let octave = UnsafeBufferPointer(rebasing: counts[start..<start + Self.octave])
                var within: UInt64 = 0
                for number in octave { within &+= number }
                if place.below + within >= rank {
                    var seen = place.below
                    for (index, number) in octave.enumerated() {
                        seen += number
                        if seen >= rank { return first + start + index }
                    }
                }
                place.below += within
                place.octave += 1
            }
            return nil
        }
    }

    /// How many durations lie at or below each of some ascending bounds, less those of the bounds before;
    /// at last, those above all. Within ``relativeError`` of a bound a duration may count on either side.
    /// O(buckets + bounds).
    public func counts(within bounds: [SimulatedDuration]) -> [UInt64] {
        var found = [UInt64](repeating: 0, count: bounds.count + 1)
        var place = 0
        for (index, number) in counts.enumerated() where number > 0 {
            let low = Self.range(of: first + index).low
            while place < bounds.count, low > bounds[place].nanoseconds { place += 1 }
            found[place] += number
        }
        return found
    }

    /// Buckets in use, in ascending order: the smallest nanosecond of each, how many nanoseconds it
    /// covers, and how many durations fell into it.
    public var buckets: [(low: Int64, width: Int64, count: UInt64)] {
        counts.enumerated().compactMap { index, number in
            let (low, width) = Self.range(of: first + index)
            return number == 0 ? nil : (low, width, number)
        }
    }
}
