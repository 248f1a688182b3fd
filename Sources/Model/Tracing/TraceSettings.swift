package import Kernel

/// Which requests of users are traced.
///
/// Whether a request is sampled depends on the seed and its identity alone (a draw of
/// ``DrawPurpose/traceSampling``), so every service decides alike without being told, in every placement,
/// and a higher share traces what a lower one does and more.
package struct TraceSettings: Hashable, Sendable {
    /// Requests whose draw of 64 bits is below this are traced; `UInt64.max` traces all.
    package private(set) var threshold: UInt64 = 0
    /// How many of the slowest successful and of the failed requests of each stream are named in the
    /// results. At most ``mostTails``.
    package var slowest = 0
    package var failed = 0
    /// Requests that are traced besides, ascending.
    package private(set) var chosen: [UInt64] = []

    package static let mostTails = 10_000

    package init() {}

    /// `share` in 0...1; what lies outside is cut.
    package init(share: Double, slowest: Int = 0, failed: Int = 0) {
        // 2⁶⁴ times a share below one is below 2⁶⁴.
        threshold =
            share >= 1 ? .max : share > 0 ? UInt64(share * 18_446_744_073_709_551_616.0) : 0
        self.slowest = min(max(slowest, 0), Self.mostTails)
        self.failed = min(max(failed, 0), Self.mostTails)
    }

    /// Exactly these requests.
    package init(chosen: some Sequence<UInt64>) { self.chosen = Set(chosen).sorted() }

    /// Whether there is anything to do for traces at all.
    package var isOn: Bool { threshold > 0 || slowest > 0 || failed > 0 || !chosen.isEmpty }

    /// Whether any request may be traced.
    package var tracesAny: Bool { threshold > 0 || !chosen.isEmpty }

    /// Whether a user's request is traced. O(log chosen).
    package func traces(_ request: UInt64, seed: UInt64) -> Bool {
        if threshold > 0 {
            if threshold == .max || Self.draw(request, seed: seed).0 < threshold { return true }
        }
        guard !chosen.isEmpty else { return false }
        var low = 0
        var high = chosen.count
        while low < high {
            let middle = (low + high) / 2
            if chosen[middle] < request { low = middle + 1 } else { high = middle }
        }
        return low < chosen.count && chosen[low] == request
    }

    /// What decides on sampling, and the rank among the failed.
    static func draw(_ request: UInt64, seed: UInt64) -> (UInt64, UInt64) {
        DrawKey(seed: seed, identity: request, purpose: .traceSampling).block(0)
    }
}

extension TraceSettings: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        writer.write(threshold)
        writer.write(UInt32(clamping: slowest))
        writer.write(UInt32(clamping: failed))
        writer.writeRaw(chosen)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        threshold = try reader.read()
        slowest = Int(try reader.read(UInt32.self))
        failed = Int(try reader.read(UInt32.self))
        chosen = try reader.readRaw()
        guard slowest <= Self.mostTails, failed <= Self.mostTails,
            zip(chosen, chosen.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw ByteError(.invalid("choice of traces"), offset: reader.offset) }
    }
}
