import Coordination
import Foundation
import Kernel
import Model
import Results
import Storage
import Testing
import Topology

@Suite("The database of a run")
struct RunRecorderTests {
    @Test("has the rows of the CSV files, which are those of the run over time")
    func sameRows() throws {
        try withTemporaryDirectory { directory in
            var run = try RecordedRun(stormText)
            try run.write(to: directory + "/r")
            let series = RunSeries(
                model: run.topology.model, outcome: try #require(run.outcome),
                interval: .seconds(1))
            let pairs = [
                (try text(directory + "/r/series.csv"), series.servicesCSV),
                (try text(directory + "/r/edges.csv"), series.edgesCSV),
            ]
            for (written, expected) in pairs {
                let lines = zip(written.split(separator: "\n"), expected.split(separator: "\n"))
                if let (own, other) = lines.first(where: { $0 != $1 }) { #expect(own == other) }
                #expect(written.count == expected.count)
            }
            let rows = try query(
                directory + "/r/results.sqlite",
                "SELECT time_s, service, arrived FROM series ORDER BY time_s, service")
            #expect(rows.count == 20)
        }
    }

    @Test(
        "adds up to the totals at any resolution",
        arguments: [
            (sample: 100, resolution: 100), (sample: 500, resolution: 500),
            (sample: 1_000, resolution: 1_000), (sample: 1_000, resolution: 5_000),
            (sample: 1_000, resolution: 10_000),
        ])
    func resolutions(sample: Int64, resolution: Int64) throws {
        try withTemporaryDirectory { directory in
            var run = try RecordedRun(
                stormText, sample: .milliseconds(sample), resolution: .milliseconds(resolution))
            try run.write(to: directory + "/r")
            let outcome = try #require(run.outcome)
            let path = directory + "/r/results.sqlite"
            let counts = try query(
                path, "SELECT count(*) FROM service_intervals GROUP BY service_id")
            #expect(counts == [["\(10_000 / resolution)"], ["\(10_000 / resolution)"]])
            for (id, report) in outcome.processes.enumerated() {
                let sums = try query(
                    path,
                    "SELECT sum(arrived), sum(succeeded), sum(rejected), round(sum(compute_s), 6), "
                        + "round(sum(mean_requests) * \(resolution) / 1000, 6), sum(replica_s) "
                        + "FROM service_intervals WHERE service_id = \(id)")
                let counters = report.counters
                #expect(sums[0][0] == "\(counters.arrived)")
                #expect(sums[0][1] == "\(counters.succeeded)")
                #expect(sums[0][2] == "\(counters.rejected)")
                #expect(abs((Double(sums[0][3]) ?? 0) - Double(counters.computeTime) / 1e9) < 1e-5)
                #expect(abs((Double(sums[0][4]) ?? 0) - Double(counters.inSystemArea) / 1e9) < 1e-5)
                #expect(abs((Double(sums[0][5]) ?? 0) - 10) < 1e-9)
            }
            let totals = try query(
                path,
                "SELECT s.attempts = e.attempts, s.timeouts = e.timeouts FROM edges e JOIN "
                    + "(SELECT edge_id, sum(attempts) attempts, sum(timeouts) timeouts FROM "
                    + "edge_intervals GROUP BY edge_id) s USING (edge_id)")
            #expect(totals == [["1", "1"], ["1", "1"]])
        }
    }

    @Test("changes nothing in the results, however finely it measures")
    func sameResults() throws {
        var reports: [RunOutcome] = []
        for sample in [1_000, 250, 10] as [Int64] {
            try withTemporaryDirectory { directory in
                var run = try RecordedRun(stormText, sample: .milliseconds(sample))
                try run.write(to: directory + "/r")
                reports.append(try #require(run.outcome))
            }
        }
        #expect(reports[0].processes == reports[1].processes)
        #expect(reports[0].processes == reports[2].processes)
    }

    @Test("has histograms, the ledger and the events of a complete run")
    func tables() throws {
        try withTemporaryDirectory { directory in
            var run = try RecordedRun(stormText)
            try run.write(to: directory + "/r")
            let path = directory + "/r/results.sqlite"
            let outcome = try #require(run.outcome)
            #expect(
                try query(path, "SELECT status, digest, simulated_s, seed FROM runs")
                    == [["complete", outcome.digest.description, "10.0", "1"]])
            #expect(
                try query(path, "SELECT sum(count) FROM histograms WHERE subject = 'service'")
                    == [["\(outcome.processes.reduce(0) { $0 + $1.counters.succeeded })"]])
            let balance = try query(
                path,
                "SELECT abs(sum(CASE entry WHEN 'computed_s' THEN -value ELSE value END)) < 1e-6 "
                    + "FROM ledger WHERE subject = 'system' AND entry LIKE '%\\_s' ESCAPE '\\'")
            #expect(balance == [["1"]])
            #expect(
                try query(path, "SELECT time_s, kind FROM events ORDER BY time_s")
                    == [["7.0", "trigger begins"]])
        }
    }

    @Test("keeps what had committed when a run stops, and says how far it came")
    func stopped() throws {
        try withTemporaryDirectory { directory in
            var run = try RecordedRun(stormText)
            let staged = try ResultFolder.stage(at: directory + "/r", force: false)
            let recorder = try run.recorder(in: staged)
            try staged.write(run.manifest)
            try run.run(into: recorder, before: .start + .seconds(4))
            try recorder.flush()
            #expect(recorder.committed == .start + .seconds(4))
            // As a killed run leaves it: nothing is closed.
            #expect(
                try query(staged.databasePath, "SELECT status, simulated_s FROM runs")
                    == [["running", "4.0"]])
            // The fourth second of a service is there with its first event after it.
            #expect(try query(staged.databasePath, "SELECT max(time_s) FROM series") == [["3.0"]])
            var manifest = run.manifest
            manifest.end(.incomplete, reason: "interrupted")
            try recorder.stop(manifest)
            manifest.simulatedSeconds = recorder.committed.seconds
            try staged.write(manifest)
            staged.keep()
            for path in [staged.partialPath, directory + "/r"] {
                let error = #expect(throws: ResultError.self) { try LoadedRun.load(path) }
                #expect(
                    error?.message
                        == "is incomplete: stopped at simulated 4 s of 10 s (interrupted)")
            }
            var next = try RecordedRun(stormText)
            try next.write(to: directory + "/r")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["r"])
        }
    }

    @Test("on a disk that is full keeps the batches before", .enabled(if: geteuid() == 0))
    func fullDisk() throws {
        try withTemporaryDirectory { directory in
            let mount = Process()
            mount.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            mount.arguments = ["mount", "-t", "tmpfs", "-o", "size=300k", "none", directory]
            mount.standardError = nil
            try mount.run()
            mount.waitUntilExit()
            guard mount.terminationStatus == 0 else { return }
            defer {
                let unmount = try? Process.run(
                    URL(fileURLWithPath: "/usr/bin/env"), arguments: ["umount", directory])
                unmount?.waitUntilExit()
            }
            var run = try RecordedRun(stormText, sample: .milliseconds(10))
            let staged = try ResultFolder.stage(at: directory + "/r", force: false)
            let recorder = try run.recorder(in: staged)
            try run.run(into: recorder, before: .start + .seconds(1))
            try recorder.flush()
            let before = try query(staged.databasePath, "SELECT count(*) FROM series")
            let space = Data(repeating: 1, count: 190_000)
            try? space.write(to: URL(fileURLWithPath: directory + "/filler"))
            let error = #expect(throws: ResultError.self) {
                try run.run(into: recorder)
                try recorder.flush()
            }
            #expect(error?.message.contains("full") == true)
            #expect(try query(staged.databasePath, "SELECT count(*) FROM series") == before)
            #expect(try query(staged.databasePath, "PRAGMA integrity_check") == [["ok"]])
            staged.keep()
        }
    }
}
