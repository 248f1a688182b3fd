import Kernel
import Model
import Testing

/// Queueing theory of what the overload model adds: sharing, priorities, impatience.
@Suite("Sharing, priorities and impatience against theory")
struct TheoryOverloadTests {
    @Test(
        "M/G/1 processor sharing takes S/(1 - ρ), whatever the distribution",
        arguments: [
            Distribution(.exponential(mean: 0.010)), Distribution(.deterministic(value: 0.010)),
            Distribution(.uniform(low: 0, high: 0.020)),
        ])
    func sharing(time: Distribution) {
        var shared = service([.compute(time)], arrivals: [poisson(60)])
        shared.serving.scheduling = .processorSharing
        let runs = Replications([shared], seconds: 200)
        let exact = Formulas.processorSharingSojourn(service: 0.010, utilisation: 0.6)
        runs.expect(\.meanSojourn, toBe: exact)
        runs.expect(\.meanInSystem, toBe: 60 * exact)
    }

    @Test("M/M/c with priorities waits as Cobham says", arguments: [1, 2])
    func priorities(servers: Int) {
        let rates = [20.0, 30, 25].map { $0 * Double(servers) }
        var queue = service(
            [.compute(Distribution(.exponential(mean: 0.010)))], cores: servers, threads: servers,
            arrivals: rates.enumerated().map { level, rate in
                var users = poisson(rate)
                users.priority = level
                return users
            })
        queue.serving.discipline = .priority
        let runs = Replications([queue], warmUp: 5, seconds: 800)
        let waits = Formulas.priorityWaits(rates: rates, service: 0.010, servers: servers)
        for (level, wait) in waits.enumerated() {
            runs.expect({ $0.sojourns[level] }, toBe: wait + 0.010)
        }
    }

    @Test(
        "M/M/1 with patience loses what Barrer says",
        arguments: [(rate: 80.0, patience: 20), (rate: 150.0, patience: 30)])
    func impatience(_ example: (rate: Double, patience: Int64)) {
        var queue = service(
            [.compute(Distribution(.exponential(mean: 0.010)))], threads: 1,
            arrivals: [poisson(example.rate)])
        queue.serving.waitLimit = .fixed(.milliseconds(example.patience))
        let runs = Replications([queue], seconds: 300)
        let exact = Formulas.impatientShare(
            rate: example.rate, service: 0.010, patience: Double(example.patience) / 1_000)
        runs.expect(\.expiredShare, toBe: exact)
    }

    @Test(
        "M/M/c with exponential patience is Erlang's A",
        arguments: [
            (servers: 1, rate: 120.0, patience: 0.02), (servers: 5, rate: 450, patience: 0.01),
        ])
    func exponentialPatience(_ example: (servers: Int, rate: Double, patience: Double)) {
        var queue = service(
            [.compute(Distribution(.exponential(mean: 0.010)))], cores: example.servers,
            threads: example.servers, arrivals: [poisson(example.rate)])
        queue.serving.waitLimit = .patience(Distribution(.exponential(mean: example.patience)))
        let runs = Replications([queue], seconds: Int64(20_000 / example.rate))
        let exact = ErlangA(
            rate: example.rate, service: 0.010, servers: example.servers,
            impatience: 1 / example.patience)
        runs.expect(\.expiredShare, toBe: exact.abandoned)
        runs.expect(\.meanWait, toBe: exact.meanWait)
    }
}
