import Processes
import Testing

@Suite("Resource limits")
struct ResourceLimitTests {
    @Test("A machine with plenty has no shortfall")
    func enough() {
        #expect(ResourceLimits.shortfalls(workers: 10_000, figures: SystemFigures()).isEmpty)
    }

    @Test("Process ids are counted three a worker, and those in use are taken off")
    func processIDs() throws {
        var figures = SystemFigures()
        figures.processIDsMax = 32_768
        #expect(ResourceLimits.shortfalls(workers: 10_700, figures: figures).isEmpty)
        figures.threadsInUse = 3_000
        let found = ResourceLimits.shortfalls(workers: 10_000, figures: figures)
        let shortfall = try #require(found.first)
        #expect(found.count == 1)
        #expect(shortfall.isFatal)
        #expect(shortfall.needed == 30_100)
        #expect(shortfall.available == 29_768)
        #expect(
            shortfall.description == """
                needs 30,100 process ids for 10,000 workers (3 threads each); kernel.pid_max allows \
                32,768, of which 3,000 are in use: raise with sysctl kernel.pid_max=33100
                """)
    }

    @Test("Every limit is reported with its number")
    func everything() {
        var figures = SystemFigures()
        (figures.openFilesSoft, figures.openFilesHard) = (64, 64)
        (figures.processIDsMax, figures.threadsMax, figures.threadsInUse) = (100, 100, 50)
        (figures.userThreadsMax, figures.userThreadsInUse) = (60, 5)
        (figures.cgroupThreadsMax, figures.cgroupThreadsInUse) = (70, 7)
        (figures.memoryAvailable, figures.listenBacklogMax) = (1 << 20, 1)
        let found = ResourceLimits.shortfalls(workers: 50, figures: figures)
        #expect(
            found.map(\.resource) == [
                .openFiles, .processIDs, .threads, .userThreads, .cgroupThreads, .memory,
                .listenBacklog,
            ])
        #expect(found.map(\.available) == [64, 50, 50, 55, 63, 1 << 20, 1])
        #expect(found.filter { !$0.isFatal }.map(\.resource) == [.memory, .listenBacklog])
    }

    @Test("This machine's figures make sense")
    func thisMachine() {
        let figures = SystemFigures.current()
        #expect(figures.openFilesSoft > 0)
        #expect(figures.openFilesHard >= figures.openFilesSoft)
        #expect(figures.processIDsMax >= figures.threadsInUse)
        #expect(figures.threadsInUse > 0)
        #expect(figures.memoryAvailable > 1 << 20)
    }
}
