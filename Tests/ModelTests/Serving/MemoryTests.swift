import Kernel
import Model
import Testing

@Suite("Memory of a replica")
struct MemoryTests {
    private var description: MemoryDescription {
        var memory = MemoryDescription()
        memory.base = 1_000
        memory.perRequest = 100
        memory.garbagePerRequest = 50
        memory.heap = 2_000
        memory.pause = .milliseconds(1)
        memory.pausePerByte = 10
        memory.limit = 3_000
        return memory
    }

    @Test("Garbage is collected when it fills the heap together with what is live")
    func collects() {
        let memory = MemoryProgram(description)
        var collector = Collector()
        // 1,500 bytes are live, so that the tenth request's garbage fills the heap.
        for _ in 0..<9 { #expect(collector.begin(requests: 5, isCollecting: false, memory) == nil) }
        #expect(collector.used(requests: 5, memory) == 1_950)
        #expect(collector.begin(requests: 5, isCollecting: false, memory) == .microseconds(1_015))
        #expect(collector.garbage == 0 && collector.collections == 1)
    }

    @Test("Requests that only wait can make a collection due, but not without garbage")
    func waitingCounts() {
        let memory = MemoryProgram(description)
        var collector = Collector()
        #expect(collector.begin(requests: 9, isCollecting: false, memory) == nil)
        #expect(collector.begin(requests: 10, isCollecting: false, memory) != nil)
        var clean = description
        clean.garbagePerRequest = 0
        #expect(collector.begin(requests: 15, isCollecting: false, MemoryProgram(clean)) == nil)
    }

    @Test("No collection begins during another; the first request after it asks again")
    func oneAtATime() {
        let memory = MemoryProgram(description)
        var collector = Collector()
        for _ in 0..<2 { #expect(collector.begin(requests: 12, isCollecting: true, memory) == nil) }
        #expect(collector.garbage == 100 && collector.collections == 0)
        #expect(collector.begin(requests: 12, isCollecting: false, memory) != nil)
        #expect(collector.garbage == 0 && collector.collections == 1)
    }

    @Test("When what is live fills the heap, each request that begins costs a longer collection")
    func spiral() {
        let memory = MemoryProgram(description)
        var collector = Collector()
        #expect(collector.begin(requests: 12, isCollecting: false, memory) == .microseconds(1_022))
        #expect(collector.begin(requests: 20, isCollecting: false, memory) == .microseconds(1_030))
        #expect(collector.collections == 2)
    }

    @Test("More than the limit is too much, the limit itself is not")
    func limit() {
        let memory = MemoryProgram(description)
        #expect(!memory.exceedsLimit(requests: 20))
        #expect(memory.exceedsLimit(requests: 21))
        #expect(!MemoryProgram(MemoryDescription()).exceedsLimit(requests: .max))
    }

    @Test("Sizes beyond all bounds saturate")
    func extremes() {
        var huge = description
        huge.base = .infinity
        huge.perRequest = 1e300
        huge.garbagePerRequest = 1e300
        huge.heap = 1e300
        huge.pausePerByte = 1e300
        huge.pause = SimulatedDuration(nanoseconds: .max)
        huge.limit = nil
        let memory = MemoryProgram(huge)
        var collector = Collector()
        #expect(
            collector.begin(requests: .max, isCollecting: false, memory)
                == SimulatedDuration(nanoseconds: 1 << 60))
        #expect(!memory.exceedsLimit(requests: .max))
    }

    @Test("Bytes of a collector are read back, and impossible garbage is refused")
    func coding() throws {
        var collector = Collector()
        _ = collector.begin(requests: 1, isCollecting: false, MemoryProgram(description))
        #expect(try Collector(decoding: collector.encoded()) == collector)
        var bytes = collector.encoded()
        bytes[7] = 0x80
        #expect(throws: ByteError.self) { try Collector(decoding: bytes) }
    }
}
