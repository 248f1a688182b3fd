import Kernel
import Model
import Testing
import Topology

@Suite("Generator")
struct GeneratorTests {
    private func options(_ seed: UInt64) -> TopologyGenerator.Options {
        var options = TopologyGenerator.Options()
        options.services = 1 + Int(seed * 37 % 300)
        options.fanOut = 2 + Int(seed % 4)
        options.depth = 9 + Int(seed % 3)
        options.seed = seed
        options.rate = [10, 1_000, 50_000][Int(seed % 3)]
        options.targetUtilisation = [0.3, 0.5, 0.8][Int(seed % 3)]
        options.sharedServiceProbability = Double(seed % 5) / 4
        return options
    }

    @Test(
        "Every seed gives a valid connected system of the size and load asked for",
        arguments: 1...40)
    func properties(_ seed: UInt64) throws {
        let options = options(seed)
        let text = try TopologyGenerator(options).text()
        #expect(try text == TopologyGenerator(options).text())
        let file = try TopologyFile.parse(text: text, name: "g.yaml", baseDirectory: "")
        #expect(file.model.services.count == options.services)
        for load in LoadForecast(file.model).services {
            #expect(load.baseRate > 0, "not reached")
            #expect(load.baseUtilisation <= options.targetUtilisation * 1.001)
            // Only services that few requests reach stay below, at the longest compute time.
            #expect(
                load.baseUtilisation > options.targetUtilisation * 0.99
                    || load.computeSeconds > 0.0499)
        }
        for service in file.model.services {
            let calls = service.endpoints[0].steps.count
            #expect(calls <= 2 + options.fanOut)
        }
    }

    @Test("Different seeds give different systems")
    func seeds() throws {
        var options = TopologyGenerator.Options()
        let first = try TopologyGenerator(options).text()
        options.seed = 2
        #expect(try first != TopologyGenerator(options).text())
    }

    @Test("Options that describe no tree are refused")
    func refused() throws {
        var options = TopologyGenerator.Options()
        options.depth = 2
        let error = #expect(throws: TopologyGenerator.OptionsError.self) {
            try TopologyGenerator(options)
        }
        #expect(error?.message.contains("has room for 4 services") == true)
        options = .init()
        options.rate = .nan
        #expect(throws: TopologyGenerator.OptionsError.self) { try TopologyGenerator(options) }
        options = .init()
        options.services = 0
        #expect(throws: TopologyGenerator.OptionsError.self) { try TopologyGenerator(options) }
    }

    @Test("A system of 20,000 services is written and read in seconds")
    func large() throws {
        var options = TopologyGenerator.Options()
        options.services = 20_000
        options.depth = 12
        options.rate = 100_000
        let start = ContinuousClock.now
        let text = try TopologyGenerator(options).text()
        let file = try TopologyFile.parse(text: text, name: "g.yaml", baseDirectory: "")
        #expect(file.model.services.count == 20_000)
        print("20,000 services, \(text.utf8.count) bytes: \(ContinuousClock.now - start)")
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
