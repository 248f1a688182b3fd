import Kernel
import Model
import Testing
import Wire

/// The bytes of messages, pinned: a change here is a change of the protocol and needs a new version.
struct GoldenBytesTests {
    @Test("the protocol version and the fingerprint are what they were")
    func versionAndFingerprint() {
        #expect(ProtocolVersion.current == 6)
        #expect(String(ProtocolVersion.fingerprint, radix: 16) == "4511093fb02bfd8a")
    }

    @Test("a hello has its bytes")
    func hello() {
        var hello = Hello(worker: 3, processID: 4660)
        hello.fingerprint = 0x0123_4567_89AB_CDEF
        hello.release = "0.1.0"
        #expect(
            hexadecimal(hello.encoded()) == """
                01060000 00efcdab 89674523 01050000 00302e31 2e300300 00003412 0000
                """)
    }

    @Test("the welcome of a tiny model has its bytes")
    func welcome() {
        #expect(
            hexadecimal(Self.tinyWelcome.encoded())
                == """
                100100e4 0b540200 000000ca 9a3b0000 00000065 cd1d0000 00000100 01000000 \
                01000000 ffffffff 00010000 00010000 00000000 00000000 00010000 00e40000 \
                00000000 00000000 002a0000 00000000 00050000 0066726f 6e740200 00000000 \
                00000400 00000000 00000108 00000000 00000001 01100000 00000000 00020100 \
                00000300 00006275 79020000 00010200 00000000 00d03f40 420f0000 00000002 \
                01000000 01000000 00000000 00000000 00e03f00 00000000 00000000 00000000 \
                0000e03f 00000000 00000000 0100ca9a 3b000000 00000000 000000e0 3f010100 \
                00000500 00007573 65727300 00010100 00000000 00000000 00000000 00000000 \
                59400000 01000000 01000000 00000100 00000100 00000000 00000000 00000100 \
                00000100 00000100 00000000 00000000 40050000 00070000 00000000 00000000 \
                00
                """)
    }

    @Test("a grant has its bytes")
    func grant() {
        var writer = ByteWriter()
        GrantHeader(
            isNewWindow: true, start: SimulatedInstant(nanoseconds: 1_000_000),
            end: SimulatedInstant(nanoseconds: 51_000_000), slices: 8, mayAssume: true
        ).write(into: &writer)
        writer.write(UInt32(1))
        Self.messages.withUnsafeBufferPointer {
            writer.writeChange(channel: 2, kept: 0, messages: $0)
        }
        writer.write(UInt32(0))
        #expect(
            hexadecimal(writer.bytes)
                == """
                11014042 0f000000 0000c032 0a030000 00000800 01010000 00020000 00000000 \
                00020000 0060e316 00000000 00080706 05040302 01090000 00000000 00000000 \
                00000000 00000100 00030004 0080841e 00000000 00887766 55443322 110a0000 \
                00000000 00000000 00000000 00120200 00000000 00000000 00
                """)
    }

    @Test("a reply has its bytes")
    func reply() {
        var writer = ByteWriter()
        var header = ReplyHeader(
            next: SimulatedInstant(nanoseconds: 52_000_000), executed: 7,
            assumedFrom: SimulatedInstant(nanoseconds: 3_000_000), hasTimeouts: true)
        header.computeTime = 0
        header.write(into: &writer)
        writer.writeRaw([
            EventRecord(
                instant: SimulatedInstant(nanoseconds: 2_000_000), call: 0x1111, request: 0x2222,
                service: 5, kind: .responseDelivered, detail: 2)
        ])
        writer.write(UInt32(1))
        Self.messages.withUnsafeBufferPointer {
            writer.writeChange(channel: 0, kept: 4, messages: $0)
        }
        var bytes = writer.bytes
        ReplyHeader.setComputeTime(0xABCD, in: &bytes)
        #expect(
            hexadecimal(bytes)
                == """
                03cdab00 00000000 00007519 03000000 00070000 00000000 00c0c62d 00000000 \
                00010100 00000000 00008084 1e000000 00001111 00000000 00002222 00000000 \
                00000500 00000402 00000100 00000000 00000400 00000200 000060e3 16000000 \
                00000807 06050403 02010900 00000000 00000000 00000000 00000001 00000300 \
                04008084 1e000000 00008877 66554433 22110a00 00000000 00000000 00000000 \
                00001202 00000000 0000
                """)
    }

    // MARK: What the messages say

    /// A request and an answer.
    private static let messages = [
        Message(
            instant: SimulatedInstant(nanoseconds: 1_500_000), call: 0x0102_0304_0506_0708,
            request: 9, source: ServiceID(1), kind: .request, endpoint: 3, route: 4),
        Message(
            instant: SimulatedInstant(nanoseconds: 2_000_000), call: 0x1122_3344_5566_7788,
            request: 10, source: ServiceID(2), kind: .response, outcome: .failed),
    ]

    /// The worker of the first of two services, of which it calls the second.
    private static var tinyWelcome: Welcome {
        let latency = Distribution(.deterministic(value: 0.5))
        let call = CallDescription(
            target: ServiceID(1), requestLatency: latency, responseLatency: latency,
            timeout: .seconds(1), probability: 0.5, isOptional: true)
        let front = ServiceDescription(
            name: "front", replicas: 2, cores: 4, threads: 8, queueLimit: 16,
            balancing: .leastRequests,
            endpoints: [
                EndpointDescription(
                    name: "buy",
                    steps: [
                        .compute(
                            Distribution(
                                .exponential(mean: 0.25), offset: .milliseconds(1))),
                        .call([call]),
                    ])
            ],
            arrivals: [
                ArrivalDescription(
                    name: "users", process: .poisson, profile: RateProfile(constant: 100))
            ])
        let back = ServiceDescription(
            name: "back", endpoints: [EndpointDescription(name: "pay", steps: [])])
        let layout = SystemLayout(
            ModelDescription(name: "tiny", services: [front, back]), seed: 42)
        let plan = layout.plan(for: [ServiceID(0)])
        return Welcome(
            kind: .service, end: .start + .seconds(10), checkpointInterval: .seconds(1),
            sampleInterval: .milliseconds(500), streamsSamples: true,
            recordsEvents: false, routing: plan.routing, receivers: plan.receivers,
            configurations: [layout.services[0].encoded()],
            traces: TraceSettings(share: 0.25, slowest: 5, failed: 7))
    }
}
