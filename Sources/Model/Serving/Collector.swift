package import Kernel

/// A ``MemoryDescription`` in whole bytes and nanoseconds: the memory of each replica of a service.
package struct MemoryProgram: BitwiseCopyable, Hashable, Sendable {
    /// Larger sizes are cut to 2⁶⁰ bytes, larger products of them saturate there.
    static var most: Int64 { 1 << 60 }

    let base: Int64
    let perRequest: Int64
    let garbagePerRequest: Int64
    /// `most` times two, which is never reached, if there is no collector.
    let heap: Int64
    let pause: Int64
    let pausePerByte: Double
    /// As `heap`.
    let limit: Int64

    /// Sizes are rounded to bytes; what is negative or not a number counts as zero.
    package init(_ memory: MemoryDescription) {
        base = Self.rounded(memory.base)
        perRequest = Self.rounded(memory.perRequest)
        garbagePerRequest = Self.rounded(memory.garbagePerRequest)
        heap = memory.heap.map(Self.rounded) ?? 2 * Self.most
        pause = max(0, min(memory.pause.nanoseconds, Self.most))
        pausePerByte = memory.pausePerByte > 0 ? memory.pausePerByte : 0
        limit = memory.limit.map(Self.rounded) ?? 2 * Self.most
    }

    /// Bytes in use by a replica with this many requests admitted or waiting, garbage aside.
    @inline(__always)
    package func live(requests: Int) -> Int64 {
        let (product, overflow) = perRequest.multipliedReportingOverflow(by: Int64(requests))
        return overflow ? Self.most : min(base &+ min(product, Self.most), Self.most)
    }

    /// Whether a replica with this many requests is killed.
    @inline(__always)
    package func exceedsLimit(requests: Int) -> Bool { live(requests: requests) > limit }

    /// How long a collection stops all computing when this much is live.
    package func pause(live: Int64) -> SimulatedDuration {
        let marking = Self.rounded(pausePerByte * Double(live))
        return SimulatedDuration(nanoseconds: min(pause &+ marking, Self.most))
    }

    private static func rounded(_ value: Double) -> Int64 {
        guard value > 0 else { return 0 }
        guard value < 0x1p51 else { return value < 0x1p60 ? Int64(value) : most }
        return Int64((value + 0x1.8p52) - 0x1.8p52)
    }
}

/// The garbage of one replica. A replica that starts anew starts with a new one.
package struct Collector: BitwiseCopyable, Hashable, Sendable {
    /// Bytes, 0...2⁶⁰.
    package private(set) var garbage: Int64 = 0
    /// Collections so far.
    package private(set) var collections: UInt64 = 0

    package init() {}

    /// Live memory and garbage, in bytes.
    package func used(requests: Int, _ memory: MemoryProgram) -> Int64 {
        memory.live(requests: requests) &+ garbage
    }

    /// A request begins and leaves its garbage behind. `requests` are those admitted or waiting.
    ///
    /// Returns how long a collection stops the replica if one is due: when there is garbage, live memory and
    /// garbage have reached the heap, and no collection is under way. During one the garbage stays, and the
    /// first request to begin after it asks again; those that only arrive and wait do not.
    ///
    /// When live memory alone fills the heap, every request that begins when none is under way costs a
    /// collection: more requests wait meanwhile, and each makes the next collection longer. O(1).
    package mutating func begin(
        requests: Int, isCollecting: Bool, _ memory: MemoryProgram
    ) -> SimulatedDuration? {
        garbage = min(garbage &+ memory.garbagePerRequest, MemoryProgram.most)
        let live = memory.live(requests: requests)
        guard !isCollecting, garbage > 0, live &+ garbage >= memory.heap else { return nil }
        garbage = 0
        collections &+= 1
        return memory.pause(live: live)
    }
}

extension Collector: BinaryCodable {
    package static var leastEncodedSize: Int { 16 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(garbage)
        writer.write(collections)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        garbage = try reader.read()
        collections = try reader.read()
        guard (0...MemoryProgram.most).contains(garbage) else {
            throw ByteError(.invalid("garbage of a replica"), offset: reader.offset)
        }
    }
}
