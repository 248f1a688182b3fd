import Kernel
import Model
import Testing

@Suite("Descriptions as bytes")
struct DescriptionCodingTests {
    @Test("Everything that can be said survives coding, and has one binary form")
    func roundTrip() throws {
        for seed in 0..<150 as Range<UInt64> {
            for configuration in SystemLayout(wideModel(seed: seed), seed: seed).services {
                let bytes = configuration.encoded()
                let decoded = try ServiceConfiguration(decoding: bytes)
                #expect(decoded == configuration)
                #expect(decoded.encoded() == bytes)
            }
        }
    }

    @Test("A service that uses none of it costs one byte for it")
    func plainCost() {
        let service = ServiceDescription(
            name: "a", endpoints: [EndpointDescription(name: "default", steps: [])])
        // The name, three numbers, three truth values and choices, the endpoint, no arrivals.
        let expected = 5 + 16 + 4 + (4 + 4 + 7 + 4) + 4 + 1
        #expect(service.encoded().count == expected)
    }

    @Test("Changed and cut bytes are refused or make a service that can be compiled")
    func mutants() {
        var numbers = RandomNumbers(seed: 8)
        var (accepted, refused) = (0, 0)
        for seed in 0..<40 as Range<UInt64> {
            for configuration in SystemLayout(wideModel(seed: seed), seed: seed).services {
                let bytes = configuration.encoded()
                for _ in 0..<60 {
                    var mutant = bytes
                    for _ in 0...Int.random(in: 0...1, using: &numbers) {
                        let place = Int.random(in: 0..<mutant.count, using: &numbers)
                        mutant[place] =
                            numbers.isTrue(withProbability: 0.5)
                            ? UInt8.random(in: 0...255, using: &numbers)
                            : mutant[place] ^ 1 << UInt8.random(in: 0..<8, using: &numbers)
                    }
                    if let decoded = try? ServiceConfiguration(decoding: mutant) {
                        _ = ServiceProgram(decoded, checkpointInterval: .seconds(1))
                        accepted += 1
                    } else {
                        refused += 1
                    }
                    let length = Int.random(in: 0..<bytes.count, using: &numbers)
                    #expect(throws: ByteError.self) {
                        try ServiceConfiguration(decoding: Array(bytes[..<length]))
                    }
                }
            }
        }
        #expect(accepted > 100 && refused > 1000)
    }

    @Test("Steps nested too deep, or repeated too often, are refused before they are written out")
    func hostileSteps() {
        func service(_ steps: [StepDescription]) -> ServiceDescription {
            ServiceDescription(
                name: "a", endpoints: [EndpointDescription(name: "e", steps: steps)])
        }
        func isAccepted(_ steps: [StepDescription]) -> Bool {
            (try? ServiceDescription(decoding: service(steps).encoded())) != nil
        }
        let nothing = StepDescription.fail(probability: 0)
        func nested(_ levels: Int, _ wrap: (StepDescription) -> StepDescription) -> StepDescription
        {
            (0..<levels).reduce(nothing) { step, _ in wrap(step) }
        }
        #expect(isAccepted([nested(31) { .maybe(probability: 0.5, [$0]) }]))
        #expect(!isAccepted([nested(32) { .maybe(probability: 0.5, [$0]) }]))
        #expect(isAccepted([.repeated(65_535, [nothing])]))
        #expect(!isAccepted([.repeated(65_535, [nothing, nothing])]))
        #expect(!isAccepted([nested(30) { .repeated(65_535, [$0]) }]))
        #expect(!isAccepted([.cached(cache: 0, [])]))
        // A million levels, without the million bytes that the last list would need.
        var bytes = service([]).encoded()
        let level: [UInt8] = [7] + 0.5.encoded() + UInt32(1).encoded()
        bytes.replaceSubrange(
            (bytes.count - 5)..<(bytes.count - 1),
            with: UInt32(1).encoded() + Array(repeating: level, count: 1_000_000).joined())
        #expect(throws: ByteError.self) { try ServiceDescription(decoding: bytes) }
    }

    @Test("Counts of steps saturate")
    func counts() {
        let step = StepDescription.fail(probability: 0)
        #expect([step, step].unrolledCount == 2)
        #expect([StepDescription.maybe(probability: 1, [step])].unrolledCount == 3)
        #expect([StepDescription.repeated(10, [step, .repeated(3, [step])])].unrolledCount == 40)
        let deep = (0..<10).reduce(step) { inner, _ in .repeated(65_535, [inner, inner]) }
        #expect([deep, deep].unrolledCount == .max)
        #expect([deep, deep].unrolledSize == .max)
        #expect([deep].nesting == 11)
    }
}
