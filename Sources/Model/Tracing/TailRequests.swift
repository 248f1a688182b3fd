package import Kernel

/// How a user's request ended, as far as it may be one of the slowest or of the failed. 32 bytes.
@frozen
package struct TailSample: BitwiseCopyable, Sendable, Hashable, RawBytes {
    /// Those of lowest rank are kept: of the slowest, the complement of the latency; of the failed, a
    /// draw keyed by the request, so that those kept are a fair sample of all.
    package var rank: UInt64
    package var request: UInt64
    /// From when the user meant to send it to its end.
    package var latency: SimulatedDuration
    /// Position of the process among those of its partition; 0 in results.
    package var process: UInt32
    package var stream: UInt16
    /// 1 for a failed request, else 0.
    private var failure: UInt8
    private var reserved: UInt8 = 0

    package var isFailed: Bool { failure != 0 }

    package init(
        request: UInt64, latency: SimulatedDuration, process: UInt32, isFailed: Bool, seed: UInt64
    ) {
        rank =
            isFailed
            ? TraceSettings.draw(request, seed: seed).1
            : ~UInt64(bitPattern: latency.nanoseconds)
        self.request = request
        self.latency = latency
        self.process = process
        stream = UInt16(truncatingIfNeeded: RequestIdentity.stream(of: request))
        failure = isFailed ? 1 : 0
    }

    /// Which of two is rather kept. Total over the requests of a stream.
    package func precedes(_ other: Self) -> Bool {
        rank == other.rank ? request < other.request : rank < other.rank
    }
}

/// The slowest and a sample of the failed requests of one service's users, by stream.
package struct TailRequests: Sendable, Hashable {
    private let slowest: Int
    private let failed: Int
    /// By stream and kind, each list ascending.
    private var lists: [[TailSample]] = []

    package init(_ settings: TraceSettings) {
        slowest = settings.slowest
        failed = settings.failed
    }

    /// Keeps a sample if it belongs to those of lowest rank. O(kept) at worst, O(1) mostly.
    package mutating func note(_ sample: TailSample) {
        let limit = sample.isFailed ? failed : slowest
        guard limit > 0 else { return }
        let place = Int(sample.stream) * 2 + (sample.isFailed ? 1 : 0)
        while lists.count <= place { lists.append([]) }
        if let last = lists[place].last, lists[place].count == limit {
            guard sample.precedes(last) else { return }
            lists[place].removeLast()
        }
        var low = 0
        var high = lists[place].count
        while low < high {
            let middle = (low + high) / 2
            if lists[place][middle].precedes(sample) { low = middle + 1 } else { high = middle }
        }
        lists[place].insert(sample, at: low)
    }

    /// By stream, the slowest before the failed, each ascending by rank.
    package var samples: [TailSample] { lists.flatMap { $0 } }
}

extension TailRequests: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(clamping: slowest))
        writer.write(UInt32(clamping: failed))
        writer.writeRaw(samples)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        slowest = Int(try reader.read(UInt32.self))
        failed = Int(try reader.read(UInt32.self))
        for sample in try reader.readRaw(TailSample.self) { note(sample) }
    }
}
