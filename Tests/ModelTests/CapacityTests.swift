import Kernel
import Model
import Testing

@Suite("Cores, threads and queues")
struct CapacityTests {
    @Test("Compute steps take cores in the order in which they ask")
    func cores() {
        let run = FinishedRun([service([compute(10)], cores: 2, arrivals: [users(4)])])
        #expect(run.times(.arrival, at: 0) == [1, 2, 3, 4])
        #expect(run.times(.computeFinished, at: 0) == [11, 12, 21, 22])
        #expect(run.latency(0) == [10, 18])
        #expect(run.counters(0).computeTime == 40_000_000)
        #expect(run.isLawful)
    }

    @Test("Several compute steps queue for a core each time")
    func computeTwice() {
        let run = FinishedRun([service([compute(4), compute(1)], arrivals: [users(2)])])
        #expect(run.times(.computeFinished, at: 0) == [5, 9, 10, 11])
    }

    private func pool(holds: Bool) -> FinishedRun {
        FinishedRun([
            service(
                [compute(1), .call([callTo(1)])], threads: 1, holds: holds, arrivals: [users(2)]),
            service([compute(10)], cores: 2),
        ])
    }

    @Test("A thread that is held during calls keeps others out")
    func heldThread() {
        let run = pool(holds: true)
        #expect(run.times(.computeFinished, at: 0) == [2, 15])
        #expect(run.times(.responseDelivered, at: 0) == [14, 27])
    }

    @Test("A thread that is released during calls lets others in")
    func releasedThread() {
        let run = pool(holds: false)
        #expect(run.times(.computeFinished, at: 0) == [2, 3])
        #expect(run.times(.responseDelivered, at: 0) == [14, 15])
    }

    @Test("Who resumes gets a thread before who begins")
    func resumption() {
        let run = FinishedRun([
            service(
                [compute(1), .call([callTo(1)]), compute(5)], threads: 1, holds: false,
                arrivals: [users(4)]),
            service([]),
        ])
        #expect(run.times(.computeFinished, at: 0) == [2, 3, 4, 9, 14, 19, 20, 27])
        #expect(run.counters(0).succeeded == 4)
        #expect(run.isLawful)
    }

    @Test("A full queue rejects at once")
    func boundedQueue() {
        let run = FinishedRun([service([compute(10)], threads: 1, queue: 1, arrivals: [users(3)])])
        #expect(run.times(.computeFinished, at: 0) == [11, 21])
        #expect(run.counters(0).rejected == 1)
        #expect(run.counters(0).succeeded == 2)
        #expect(run.edges(0)[0].rejected == 1)
        #expect(run.counters(0).sojournSum == 10_000_000 + 19_000_000)
        #expect(run.isLawful)
    }

    @Test("A caller hears of a rejection one round trip later, and fails")
    func rejectedCall() {
        let run = FinishedRun([
            service([.call([callTo(1)])], arrivals: [users(2)]),
            service([compute(10)], threads: 1, queue: 0),
        ])
        #expect(run.times(.responseDelivered, at: 0) == [4, 13])
        #expect(run.edges(0)[0].rejected == 1)
        #expect(run.edges(0)[1].failed == 1)
        #expect(run.counters(0).failed == 1)
        #expect(run.counters(1).rejected == 1)
        #expect(run.isLawful)
    }

    @Test("Each replica has threads and a queue of its own")
    func replicas() {
        let run = FinishedRun([
            service([compute(10)], replicas: 2, threads: 1, queue: 1, arrivals: [users(6)])
        ])
        #expect(run.times(.computeFinished, at: 0) == [11, 12, 21, 22])
        #expect(run.counters(0).rejected == 2)
        #expect(run.isLawful)
    }

    @Test("Thousands of requests without steps leave a queue without deep recursion")
    func longQueueOfNothing() {
        let run = FinishedRun(
            [
                service(
                    [compute(999)], [], threads: 1,
                    arrivals: [users(1), users(200_000, every: 0.001, after: 2, endpoint: 1)])
            ], milliseconds: 1_500, recordsEvents: false)
        #expect(run.counters(0).succeeded == 200_001)
        #expect(run.latency(0, series: 2)[0] >= 1000 - 202.001)
        #expect(run.isLawful)
    }
}

@Suite("Balancing")
struct BalancingTests {
    /// A slow request at 1 ms, fast ones at 2 and 4 ms.
    private func threeRequests(_ balancing: Balancing) -> [Double] {
        FinishedRun([
            service(
                [compute(10)], [compute(1)], replicas: 2, balancing: balancing,
                arrivals: [users(1), users(2, every: 2, endpoint: 1)])
        ]).times(.computeFinished, at: 0)
    }

    @Test("Round robin takes the replicas in turn, busy or not")
    func roundRobin() {
        #expect(threeRequests(.roundRobin) == [3, 11, 12])
    }

    @Test("Least requests takes the replica with the fewest")
    func leastRequests() {
        #expect(threeRequests(.leastRequests) == [3, 5, 11])
    }

    @Test("Of replicas with equally few requests all get their share, whether they come and go")
    func equals() {
        for life in [nil, LifeCycleDescription()] {
            for odd in 0..<4 {
                let run = FinishedRun([
                    service(
                        [compute(1)], replicas: 4, balancing: .leastRequests,
                        arrivals: [users(40, every: 10)]
                    ).with {
                        $0.serving.oddReplicas = [OddReplica(replica: odd, errorRate: 1)]
                        $0.lifeCycle = life
                    }
                ])
                #expect(run.edges(0)[0].errors == 10)
                #expect(run.isLawful)
            }
        }
    }

    /// How many of 4,000 requests that stay are rejected by 4 replicas of 1,000 places.
    private func overflow(_ balancing: Balancing) -> UInt64 {
        let run = FinishedRun(
            [
                service(
                    [compute(1_000_000)], replicas: 4, threads: 1000, queue: 0,
                    balancing: balancing, arrivals: [users(4000, every: 0.01)])
            ], recordsEvents: false)
        #expect(run.isLawful)
        return run.counters(0).rejected
    }

    @Test("Round robin and least requests spread evenly, random as chance will have it")
    func spread() {
        #expect(overflow(.roundRobin) == 0)
        #expect(overflow(.leastRequests) == 0)
        // Four times E[(n - 1000)+] = 27.4 φ(0): about 44.
        #expect((10..<120).contains(overflow(.random)))
    }
}
