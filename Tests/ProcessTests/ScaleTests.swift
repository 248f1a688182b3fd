import Glibc
import Processes
import Testing
import ZeroMQ

/// Start-up time and memory at scale, printed; run with `TOPPLE_SCALE=1000 swift test --filter Scale`.
@Suite("Scale", .enabled(if: getenv("TOPPLE_SCALE") != nil), .timeLimit(.minutes(5)))
struct ScaleTests {
    @Test("Workers start quickly and share their memory")
    func scale() throws {
        let workers = getenv("TOPPLE_SCALE").flatMap { Int(String(cString: $0)) } ?? 1000
        for shortfall in ResourceLimits.check(workers: workers) { print(shortfall) }
        let before = SystemFigures.current().memoryAvailable
        let start = ContinuousClock.now
        var run = try EchoRun(workers: workers)
        let zygote = ContinuousClock.now
        try #require(
            try run.advance(within: .seconds(120)) {
                $0.hellos.count == workers && $0.processIDs.count == workers
            })
        let ready = ContinuousClock.now
        let system = before - SystemFigures.current().memoryAvailable
        let (pss, rss) = memory(of: run.processIDs)
        let measured = ContinuousClock.now
        run.pool.cleanUp()
        let gone = ContinuousClock.now
        print(
            """
            \(workers) workers: zygote ready after \(zygote - start), all workers after \
            \(ready - start), torn down in \(gone - measured); each PSS \(pss / workers) KiB, \
            RSS \(rss / workers) KiB, of the system's memory \((system / workers) >> 10) KiB
            """)
        #expect(pss / workers < 1024)
    }

    /// The sums of proportional and resident set sizes, in KiB.
    private func memory(of pids: [Int32]) -> (pss: Int, rss: Int) {
        var (pss, rss) = (0, 0)
        for pid in pids {
            for line in fileText("/proc/\(pid)/smaps_rollup").split(separator: "\n") {
                let fields = line.split(separator: " ")
                guard fields.count > 1, let size = Int(fields[1]) else { continue }
                if fields[0] == "Pss:" { pss += size }
                if fields[0] == "Rss:" { rss += size }
            }
        }
        return (pss, rss)
    }
}
