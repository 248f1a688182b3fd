import Kernel
import Model

/// The latencies of a run, by process and series: of everything, and of the interval that goes on.
///
/// Intervals come in two lengths, `factor` short to a long one; both have quantiles of their own, exact as
/// far as histograms are.
struct IntervalLatencies: Sendable {
    /// Quantiles of a short interval, and of the long one it belongs to up to its end.
    typealias Quantiles = (short: LatencyQuantiles, long: LatencyQuantiles)

    private let factor: UInt32
    /// Without the short interval that goes on.
    private var whole: [[LatencyHistogram]]
    /// Of the short interval that goes on.
    private var present: [[LatencyHistogram]]
    /// Of the latest long interval that has a short one which is over; unused if both are the same.
    private var long: [[LatencyHistogram]]
    private var longNumbers: [UInt32]

    /// - Parameters:
    ///   - seriesCounts: by process, how many latency series it has.
    ///   - factor: short intervals in a long one, >= 1.
    init(seriesCounts: [Int], factor: Int) {
        self.factor = UInt32(clamping: max(factor, 1))
        whole = seriesCounts.map { Array(repeating: LatencyHistogram(), count: $0) }
        present = whole
        long = factor > 1 ? whole : []
        longNumbers = factor > 1 ? Array(repeating: 0, count: seriesCounts.count) : []
    }

    @inline(__always)
    mutating func record(_ sample: LatencySample) {
        present[Int(sample.process)][Int(sample.series)].record(sample.latency)
    }

    /// Ends the short interval `number` of a process. By series: its quantiles. O(buckets).
    mutating func end(_ number: UInt32, of process: Int) -> [Quantiles] {
        let isOther = factor > 1 && longNumbers[process] != longNumber(number)
        if isOther { longNumbers[process] = longNumber(number) }
        return present[process].indices.map { series in
            let short = LatencyQuantiles(present[process][series])
            var quantiles = (short: short, long: short)
            whole[process][series].merge(present[process][series])
            if factor > 1 {
                if isOther { long[process][series].removeAll() }
                long[process][series].merge(present[process][series])
                if !isOther { quantiles.long = LatencyQuantiles(long[process][series]) }
            }
            present[process][series].removeAll()
            return quantiles
        }
    }

    /// By series: what the quantiles would be if the short interval `number`, which goes on, ended now.
    func quantiles(of number: UInt32, _ process: Int) -> [Quantiles] {
        present[process].indices.map { series in
            let short = LatencyQuantiles(present[process][series])
            guard factor > 1, longNumbers[process] == longNumber(number) else {
                return (short, short)
            }
            var histogram = long[process][series]
            histogram.merge(present[process][series])
            return (short, LatencyQuantiles(histogram))
        }
    }

    /// By series: everything.
    func all(of process: Int) -> [LatencyHistogram] {
        zip(whole[process], present[process]).map { whole, present in
            var histogram = whole
            histogram.merge(present)
            return histogram
        }
    }

    /// By bucket of ``LatencyBuckets``: the successful requests of a service so far.
    func buckets(of process: Int) -> [UInt64] {
        guard let before = whole[process].first, let now = present[process].first else { return [] }
        return zip(
            before.counts(within: LatencyBuckets.bounds), now.counts(within: LatencyBuckets.bounds)
        ).map { $0 + $1 }
    }

    private func longNumber(_ number: UInt32) -> UInt32 { (max(number, 1) - 1) / factor + 1 }
}

extension IntervalLatencies: BinaryCodable {
    static var leastEncodedSize: Int { 8 }

    func encode(into writer: inout ByteWriter) {
        writer.write(factor)
        writer.write(UInt32(clamping: whole.count))
        for process in whole.indices {
            writer.writeAll(whole[process])
            writer.writeAll(present[process])
            if factor > 1 {
                writer.writeAll(long[process])
                writer.write(longNumbers[process])
            }
        }
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        factor = max(try reader.read(), 1)
        (whole, present, long, longNumbers) = ([], [], [], [])
        for _ in 0..<(try reader.readCount(ofSize: 8)) {
            whole.append(Array(try reader.readAll() as ContiguousArray<LatencyHistogram>))
            present.append(Array(try reader.readAll() as ContiguousArray<LatencyHistogram>))
            guard factor > 1 else { continue }
            long.append(Array(try reader.readAll() as ContiguousArray<LatencyHistogram>))
            longNumbers.append(try reader.read())
        }
    }
}
