import Foundation
import Testing

/// What a run writes where: the folder, standard output, standard error.
@Suite("Output", .serialized, .timeLimit(.minutes(1)))
struct OutputTests {
    private let short = ["run", Repository.topology("chain4"), "--duration", "1 s"]
    private let inProcess = ["--placement", "in-process"]

    @Test("A result folder has the summary, the topology and the digests")
    func folder() throws {
        let place = try Workplace()
        let result = try CommandRun(short + ["--out", "r", "--record-events"], in: place).wait()
        #expect(result.status == 0)
        #expect(
            place.entries(of: "r") == [
                "digests.csv", "edges.csv", "events.bin", "manifest.json", "results.sqlite",
                "series.csv", "summary.json", "topology.yaml",
            ]
        )
        #expect(place.entries() == ["r"])
    }

    @Test("An existing result folder is kept, unless it is to be replaced")
    func existingFolder() throws {
        let place = try Workplace()
        func run(_ options: String...) throws -> CommandResult {
            try CommandRun(short + inProcess + ["--out", "r"] + options, in: place).wait()
        }
        #expect(try run("--seed", "1").status == 0)
        let first = try summary(in: place, "r")
        let refused = try run("--seed", "2")
        #expect(refused.status == 2)
        #expect(refused.errors.contains("r"))
        #expect(refused.errors.contains("--force"))
        #expect(try summary(in: place, "r") == first)
        #expect(try run("--seed", "2", "--force").status == 0)
        #expect(try summary(in: place, "r") != first)
        #expect(place.entries() == ["r"])
    }

    @Test("Without --out, each run gets a folder of its own")
    func defaultFolders() throws {
        let place = try Workplace()
        for _ in 0..<2 {
            #expect(try CommandRun(short + inProcess, in: place).wait().status == 0)
        }
        #expect(place.entries(of: "results") == ["chain4-seed1", "chain4-seed1-2"])
    }

    @Test("--quiet prints nothing", arguments: ["service", "in-process"])
    func quiet(placement: String) throws {
        let run = try CommandRun(short + ["--placement", placement, "--quiet"])
        let result = try run.wait()
        #expect(result.status == 0)
        #expect((result.output, result.errors) == ("", ""))
    }

    @Test("--json prints the summary and nothing else", arguments: ["service", "in-process"])
    func json(placement: String) throws {
        let place = try Workplace()
        let options = ["--placement", placement, "--json", "--out", "r"]
        let result = try CommandRun(short + options, in: place).wait()
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        let printed = try #require(object as? [String: Any])
        #expect(printed["seed"] as? Int == 1)
        #expect((printed["services"] as? [Any])?.count == 4)
        let written = try #require(place.contents("r/summary.json"))
        #expect(result.output.hasPrefix(written))
    }

    @Test("The table names every service and the digest, without escape characters in a file")
    func table() throws {
        let result = try CommandRun(short).wait()
        #expect(result.status == 0)
        #expect(!result.output.contains("\u{1B}"))
        #expect(result.outputLines.contains { $0.hasPrefix("digest   ") })
        #expect(result.outputLines.contains("results  results/chain4-seed1"))
    }

    @Test("Progress that is not shown on a terminal is plain lines", .enabled(if: runsSlowTests))
    func plainProgress() throws {
        let run = try CommandRun(
            ["run", Repository.topology("chain4"), "--duration", "10 h"] + inProcess)
        try run.awaitText("real time")
        run.send(15)
        let result = try run.wait()
        #expect(!result.errors.contains("\u{1B}") && !result.errors.contains("\r"))
        #expect(result.errors.contains(" of 10:00:00 ("))
    }

    @Test(
        "Progress on a terminal is one line that fits and is taken away at the end",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
    func terminalProgress() throws {
        let result = try shell(
            """
            script -qec 'stty cols 50; "$TOPPLE" bench r4 --repeat 1 --placement in-process \
            --duration "10 min"' /dev/null
            """)
        #expect(result.status == 0)
        let redrawn = result.output.components(separatedBy: "\r\u{1B}[2K").dropFirst()
        #expect(redrawn.count >= 2, "\(result.output)")
        #expect(redrawn.dropLast().allSatisfy { $0.count < 50 && !$0.contains("\n") })
        #expect(redrawn.first?.contains(" of 10:00 (") == true)
        #expect(redrawn.last?.hasPrefix("R4, ") == true)
    }

    @Test("Runs over workers and in one process are no different to topple diff")
    func diff() throws {
        let place = try Workplace()
        for (name, options) in [("a", inProcess), ("b", []), ("c", ["--seed", "2"])] {
            let run = try CommandRun(short + options + ["--out", name], in: place)
            #expect(try run.wait().status == 0)
        }
        #expect(try topple("diff", "a", "b", in: place).status == 0)
        #expect(try topple("diff", "a", "c", in: place).status == 1)
        let missing = try topple("diff", "a", "nowhere", in: place)
        #expect(missing.status == 2)
        #expect(missing.errors.contains("nowhere"))
    }

    private func summary(in place: Workplace, _ folder: String) throws -> String {
        try #require(place.contents(folder + "/summary.json"))
    }
}
