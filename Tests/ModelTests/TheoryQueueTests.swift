import Kernel
import Model
import Testing

private let millisecond = Distribution(.exponential(mean: 0.001))

/// Poisson arrivals to one service that computes once.
private func station(
    rate: Double, _ work: Distribution, cores: Int = 1, threads: Int? = nil, queue: Int? = nil
) -> ServiceDescription {
    service(
        [.compute(work)], cores: cores, threads: threads, queue: queue, arrivals: [poisson(rate)])
}

@Suite("Queueing theory: one station")
struct TheoryQueueTests {
    @Test("M/M/1: L = ρ / (1 - ρ), W = 1 / (μ - λ), utilisation ρ", arguments: [0.3, 0.5, 0.8])
    func markovian(utilisation: Double) {
        // Gross and Harris, section 2.2.
        let runs = Replications([station(rate: 1000 * utilisation, millisecond)], seconds: 40)
        runs.expect(\.arrivalRate, toBe: 1000 * utilisation)
        runs.expect(\.work, toBe: utilisation)
        runs.expect(\.meanInSystem, toBe: utilisation / (1 - utilisation), precision: 0.08)
        runs.expect(\.meanSojourn, toBe: 0.001 / (1 - utilisation), precision: 0.08)
    }

    @Test("M/M/c: W = C(c, a) / (cμ - λ) + 1 / μ", arguments: [2, 4, 16])
    func severalCores(cores: Int) {
        let load = 0.8 * Double(cores)
        let runs = Replications(
            [station(rate: 1000 * load, millisecond, cores: cores)], seconds: 20)
        let wait = Formulas.erlangC(load, servers: cores) / (1000 * Double(cores) - 1000 * load)
        runs.expect(\.meanSojourn, toBe: wait + 0.001, precision: 0.08)
        runs.expect(\.meanInSystem, toBe: 1000 * load * (wait + 0.001), precision: 0.08)
        runs.expect(\.work, toBe: load)
    }

    @Test("Threads with unlimited cores queue like cores do")
    func severalThreads() {
        let runs = Replications(
            [station(rate: 3200, millisecond, cores: 64, threads: 4)], seconds: 20)
        let wait = Formulas.erlangC(3.2, servers: 4) / (4000 - 3200)
        runs.expect(\.meanSojourn, toBe: wait + 0.001, precision: 0.08)
    }

    /// Service times of mean 1 ms.
    static let works = [
        Distribution(.deterministic(value: 0.001)), Distribution(.erlang(shape: 4, mean: 0.001)),
        Distribution(.uniform(low: 0, high: 0.002)),
        Distribution(.gamma(shape: 0.5, mean: 0.001)),
        Distribution(.lognormal(median: 0.001 * ExactMath.exp(-0.245), sigma: 0.7)),
        Distribution(
            .hyperexponential(branches: [
                Distribution.Branch(probability: 0.8, mean: 0.0005),
                Distribution.Branch(probability: 0.2, mean: 0.003),
            ])),
        Distribution(.exponential(mean: 0.0006), offset: .microseconds(400)),
    ]

    @Test("M/G/1: the wait is λE[S²] / (2 (1 - ρ))", arguments: works)
    func pollaczekKhinchine(work: Distribution) {
        // Pollaczek and Khinchine; Gross and Harris, section 5.1.
        let runs = Replications([station(rate: 600, work)], seconds: 40)
        let secondMoment = work.variance + work.mean * work.mean
        let wait = 600 * secondMoment / (2 * (1 - 600 * work.mean))
        runs.expect(\.meanSojourn, toBe: wait + work.mean, precision: 0.08)
        runs.expect(\.meanInSystem, toBe: 600 * (wait + work.mean), precision: 0.08)
        runs.expect(\.work, toBe: 600 * work.mean)
    }

    @Test("M/M/c/K: the share of lost requests", arguments: [(1, 1), (1, 5), (3, 4), (4, 12)])
    func loss(servers: Int, places: Int) {
        // Gross and Harris, section 3.4: p_n from balance of the birth and death rates.
        let load = 0.9 * Double(servers)
        var weights = [1.0]
        for n in 1...places {
            weights.append(weights[n - 1] * load / Double(min(n, servers)))
        }
        let lost = weights[places] / weights.reduce(0, +)
        let runs = Replications(
            [
                station(
                    rate: 1000 * load, millisecond, cores: servers, threads: servers,
                    queue: places - servers)
            ], seconds: 20)
        runs.expect(\.rejectedShare, toBe: lost, precision: 0.1)
        if places == servers {
            #expect(abs(lost - Formulas.erlangB(load, servers: servers)) < 1e-12)
        }
    }

    @Test("M/G/c/c loses by Erlang's B formula whatever the distribution", arguments: works)
    func insensitivity(work: Distribution) {
        // Sevastyanov 1957: only the mean of the service time matters.
        let runs = Replications(
            [station(rate: 4000, work, cores: 6, threads: 6, queue: 0)], seconds: 4)
        runs.expect(
            \.rejectedShare, toBe: Formulas.erlangB(4000 * work.mean, servers: 6), precision: 0.1)
    }

    @Test("M/G/∞: the number in system is Poisson of mean λE[S]", arguments: [works[0], works[4]])
    func unlimited(work: Distribution) {
        let runs = Replications([station(rate: 20_000, work, cores: 10_000)], seconds: 2)
        runs.expect(\.meanInSystem, toBe: 20_000 * work.mean)
        runs.expect(\.meanSojourn, toBe: work.mean)
    }
}
