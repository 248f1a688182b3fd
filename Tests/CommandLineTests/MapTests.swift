import Foundation
import Testing

@Suite("Maps and ledgers", .timeLimit(.minutes(1)))
struct MapTests {
    private let small = """
        duration: 15 s
        services: { a: { cores: 2 cores, threads: 4, queue: 10, steps: [{ compute: 10 ms }] } }
        arrivals:
          users: { to: a, rate: { base: 50 req/s, spike: 300 req/s, from: 3 s, until: 5 s } }

        """

    @Test("A map has a table, and drawings where gnuplot is")
    func map() throws {
        let place = try Workplace()
        try place.write(small, to: "t.yaml")
        let options = [
            "map", "t.yaml", "--load", "50..100%:50", "--trigger", "0..2s:2", "--out", "m",
        ]
        let result = try CommandRun(options, in: place).wait()
        #expect(result.status == 0)
        #expect(result.output.contains("hidden capacity: 100%, 50 requests/s"))
        let files = place.entries(of: "m")
        #expect(Set(["map.csv", "map.json", "topology.yaml"]).isSubset(of: files))
        #expect(files.contains("map.svg") != result.errors.contains("no map.svg"))
        #expect(place.entries() == ["m", "t.yaml"])
        #expect(try CommandRun(options, in: place).wait().status == 2)
        #expect(try CommandRun(options + ["--force"], in: place).wait().status == 0)
    }

    @Test(
        "Sweeps that mean nothing are wrong arguments",
        arguments: [
            ["--load", "0..100%:10"], ["--load", "50..150:10"], ["--load", "100..50%:10"],
            ["--trigger", "0..60%:10"], ["--trigger", "0..60s:0"], ["--trigger", "a"],
            ["--seeds", "0"],
        ])
    func sweeps(options: [String]) throws {
        let result = try CommandRun(["map", Repository.topology("chain4")] + options).wait()
        #expect(result.status == 64)
        #expect(!result.errors.isEmpty)
    }

    @Test("A topology without a trigger has no map")
    func noTrigger() throws {
        let result = try CommandRun(["map", Repository.topology("chain4")]).wait()
        #expect(result.status == 2)
        #expect(result.errors.contains("has no trigger whose length could be changed"))
    }

    @Test("A ledger is shown of a finished run, or with it")
    func ledger() throws {
        let place = try Workplace()
        try place.write(small, to: "t.yaml")
        let run = ["run", "t.yaml", "--placement", "in-process", "--out", "r"]
        let first = try CommandRun(run + ["--ledger"], in: place).wait()
        let second = try CommandRun(["ledger", "r"], in: place).wait()
        #expect((first.status, second.status) == (0, 0))
        #expect(first.output.contains("verdict  stable: the spike of users' requests"))
        #expect(second.output.contains("core time") && first.output.hasSuffix(second.output))
        #expect(try CommandRun(["ledger", "nothing"], in: place).wait().status == 2)
    }
}
