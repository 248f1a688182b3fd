import Kernel
import Model
import Testing

@Suite("Which requests are traced")
struct TracingTests {
    @Test("the request of a root call is found again")
    func inverse() {
        for service in [0, 1, 77, RequestIdentity.maximumServices - 1] {
            for stream in [0, 3, 255] {
                for number in [0, 1, 2, 812, 1 << 35, 1 << 36 - 1] as [UInt64] {
                    let request = RequestIdentity.make(
                        service: ServiceID(service), stream: stream, number: number)
                    #expect(CallIdentity.request(ofRoot: CallIdentity.root(request)) == request)
                }
            }
        }
    }

    @Test("a share of nothing traces nothing, all traces all, and what lies outside is cut")
    func bounds() {
        let none = [TraceSettings(), TraceSettings(share: 0), TraceSettings(share: -1)]
        for settings in none {
            #expect(!settings.tracesAny && !settings.isOn)
            #expect(!(0..<1000 as Range<UInt64>).contains { settings.traces($0, seed: 1) })
        }
        for settings in [TraceSettings(share: 1), TraceSettings(share: 2)] {
            #expect((0..<1000 as Range<UInt64>).allSatisfy { settings.traces($0, seed: 1) })
        }
        #expect(TraceSettings(share: 1.0.nextDown).threshold < .max)
        #expect(TraceSettings(share: 0, slowest: -1, failed: 1 << 40).failed == 10_000)
    }

    @Test("chosen requests are traced and no others")
    func chosen() {
        let settings = TraceSettings(chosen: [9, 5, 5, 1 << 60])
        #expect(settings.chosen == [5, 9, 1 << 60])
        let traced = (0..<20 as Range<UInt64>).filter { settings.traces($0, seed: 3) }
        #expect(traced == [5, 9])
        #expect(settings.traces(1 << 60, seed: 3))
    }

    @Test("settings survive their bytes; disorder does not pass")
    func coding() throws {
        var settings = TraceSettings(chosen: [3, 4, 8])
        settings.slowest = 7
        #expect(try TraceSettings(decoding: settings.encoded()) == settings)
        var bytes = settings.encoded()
        bytes[bytes.count - 24] = 200
        #expect(throws: ByteError.self) { try TraceSettings(decoding: bytes) }
    }

    @Test("the lowest ranks of each stream and kind are kept, whatever the order")
    func tails() throws {
        func sample(_ number: UInt64, _ latency: Int64, _ isFailed: Bool) -> TailSample {
            TailSample(
                request: RequestIdentity.make(
                    service: ServiceID(0), stream: Int(number % 2), number: number),
                latency: SimulatedDuration(nanoseconds: latency), process: 0, isFailed: isFailed,
                seed: 1)
        }
        let samples = (0..<200 as Range<UInt64>).map { number in
            sample(number, Int64(number * 37 % 101), number % 3 == 0)
        }
        var kept: [[TailSample]] = []
        for order in [samples, samples.reversed()] {
            var tails = TailRequests(TraceSettings(share: 0, slowest: 5, failed: 4))
            for sample in order { tails.note(sample) }
            #expect(try TailRequests(decoding: tails.encoded()) == tails)
            kept.append(tails.samples)
        }
        #expect(kept[0] == kept[1])
        #expect(kept[0].count == 2 * (5 + 4))
        for stream in 0...1 {
            let own = samples.filter { Int($0.stream) == stream }
            let slow = own.filter { !$0.isFailed }.sorted { $0.latency > $1.latency }
            let found = kept[0].filter { Int($0.stream) == stream && !$0.isFailed }
            #expect(found.map(\.latency) == slow.prefix(5).map(\.latency))
        }
    }
}
