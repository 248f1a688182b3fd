import Foundation
import Glibc
import Testing

/// What a run leaves for others to read, and running it again.
@Suite("Recording", .serialized, .timeLimit(.minutes(1)))
struct RecordingTests {
    private let short = ["run", Repository.topology("chain4"), "--duration", "5 s", "--quiet"]

    @Test("A run over workers and one in this process leave the same tables at any resolution")
    func samePlacements() throws {
        let place = try Workplace()
        for (name, options) in [
            ("a", ["--placement", "in-process"]), ("b", ["--placement", "2"]),
            ("c", ["--sync", "conservative", "--placement", "2"]),
        ] {
            let result = try CommandRun(
                short + ["--out", name, "--resolution", "250 ms"] + options, in: place
            ).wait()
            #expect(result.status == 0, "\(result.errors)")
        }
        for file in ["series.csv", "edges.csv", "digests.csv"] {
            let first = try #require(place.contents("a/\(file)"))
            #expect(place.contents("b/\(file)") == first, "\(file)")
            #expect(place.contents("c/\(file)") == first, "\(file)")
        }
        #expect(place.contents("a/series.csv")?.contains("\n0.25,a,") == true)
    }

    @Test("topple rerun reproduces the digest, and names what differs")
    func rerun() throws {
        let place = try Workplace()
        #expect(try CommandRun(short + ["--out", "r"], in: place).wait().status == 0)
        let same = try topple("rerun", "r", "--placement", "in-process", in: place)
        #expect(same.status == 0, "\(same.errors)")
        #expect(same.output.hasPrefix("reproduced: digest "))
        let path = place.work + "/r/digests.csv"
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let changed = lines.map {
            $0.hasPrefix("b,3,") || $0.hasPrefix("b,4,") ? $0.dropLast(16) + "0123456789abcdef" : $0
        }
        try (changed.joined(separator: "\n") + "\n").write(
            toFile: path, atomically: true, encoding: .utf8)
        let other = try topple("rerun", "r", "--placement", "2", in: place)
        #expect(other.status == 1)
        #expect(other.output.contains("first differing digest: b, between 2 s and 3 s"))
        try place.write("duration: 1 s\n", to: "r/topology.yaml")
        #expect(try topple("rerun", "r", in: place).status == 2)
    }

    @Test("The manifest has the hash of each input, the command line and the versions")
    func manifest() throws {
        let place = try Workplace()
        let file = try place.write(
            """
            duration: 2 s
            services: { a: { steps: [{ compute: 1 ms }] } }
            arrivals: { users: { to: a, rate: { csv: rate.csv } } }

            """, to: "t.yaml")
        try place.write("time_s,rate_per_s\n0,10\n1,20\n", to: "rate.csv")
        let result = try topple(
            "run", file, "--out", "r", "--seed", "7", "--label", "load=0.5", "--database",
            "all.sqlite", "--quiet", in: place)
        #expect(result.status == 0, "\(result.errors)")
        let data = Data(try #require(place.contents("r/manifest.json")).utf8)
        let object = try JSONSerialization.jsonObject(with: data)
        let manifest = try #require(object as? [String: Any])
        #expect(manifest["status"] as? String == "complete")
        #expect(manifest["seed"] as? Int == 7)
        #expect((manifest["command"] as? [String])?.contains("--seed") == true)
        let inputs = try #require(manifest["inputs"] as? [[String: Any]])
        #expect(inputs.map { $0["name"] as? String } == [file, "rate.csv"])
        let sum = try shell("sha256sum t.yaml rate.csv | cut -c 1-64", in: place)
        #expect(inputs.map { $0["sha256"] as? String ?? "" } == sum.outputLines)
        #expect(place.entries().contains("all.sqlite"))
    }

    @Test("A file that may not grow ends the run, and what had committed is kept")
    func limitedFile() throws {
        let place = try Workplace()
        let file = Repository.topology("chain4")
        let result = try shell(
            "ulimit -f 1000; exec \"$TOPPLE\" run \(file) --duration '10 h' --resolution '1 s' "
                + "--out r --progress never", in: place)
        #expect(result.status == 2)
        #expect(result.errors.contains("free some space there"))
        #expect(result.errors.contains("the results before simulated "))
        let left = try #require(place.entries().first)
        #expect(left.hasPrefix("r.incomplete-"))
        let again = try topple("rerun", left, in: place)
        #expect(again.status == 2 && again.errors.contains("incomplete: stopped at simulated"))
    }

    @Test(
        "What cannot be written or does not fit is said before the run",
        arguments: [
            (["--resolution", "700 ms"], 2, "checkpoints every 1 s"),
            (["--database", "/"], 2, "error: cannot use this database"),
            (["--label", "x"], 64, "--label takes NAME=VALUE"),
            (["--resolution", "1 s", "--no-series"], 64, "exclude each other"),
        ])
    func refusals(options: [String], status: Int32, message: String) throws {
        let place = try Workplace()
        let result = try CommandRun(short + ["--out", "r"] + options, in: place).wait()
        #expect(result.status == status)
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(place.entries().isEmpty)
    }

    @Test("--no-series leaves the totals alone")
    func noSeries() throws {
        let place = try Workplace()
        let result = try CommandRun(short + ["--out", "r", "--no-series"], in: place).wait()
        #expect(result.status == 0)
        #expect(
            place.entries(of: "r") == [
                "digests.csv", "manifest.json", "results.sqlite", "summary.json", "topology.yaml",
            ])
    }
}
