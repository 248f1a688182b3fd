import Kernel
import Model

/// A queue in front of a ``Pacer``, for tests: jobs arrive, wait for their turn, compute and leave.
struct PacerLoop {
    struct Arrival {
        var instant: SimulatedInstant
        var work: SimulatedDuration
    }

    var pacer: Pacer
    /// Jobs that may compute at once; the others wait, first in first out.
    var most = Int.max
    var slowdown: SlowdownCurve?
    private var waiting = ChunkedQueue<Int32>()
    /// By job.
    private(set) var departures: [SimulatedInstant] = []
    private(set) var coreTimes: [SimulatedDuration] = []

    init(_ pacer: Pacer, most: Int = .max, slowdown: SlowdownCurve? = nil) {
        self.pacer = pacer
        self.most = most
        self.slowdown = slowdown
    }

    /// Serves all arrivals, which are in order, and returns how long each was there, in seconds.
    mutating func run(_ arrivals: [Arrival]) -> [Double] {
        departures = arrivals.map { _ in .never }
        coreTimes = arrivals.map { _ in .zero }
        var position = 0
        while true {
            let arrival = position < arrivals.count ? arrivals[position].instant : .never
            let now = min(pacer.nextEvent, arrival)
            if now == .never { break }
            if pacer.nextEvent == now {
                while let gone = pacer.fire(at: now) {
                    departures[Int(gone.job)] = now
                    coreTimes[Int(gone.job)] = gone.coreTime
                    if !waiting.isEmpty {
                        start(waiting.removeFirst(), of: arrivals, at: now)
                    }
                    setSpeed(at: now)
                }
            } else {
                if pacer.count < most {
                    start(Int32(position), of: arrivals, at: now)
                } else {
                    waiting.append(Int32(position))
                }
                setSpeed(at: now)
                position += 1
            }
        }
        return zip(arrivals, departures).map { ($1 - $0.instant).seconds }
    }

    private mutating func start(_ job: Int32, of arrivals: [Arrival], at now: SimulatedInstant) {
        let work = arrivals[Int(job)].work
        pacer.start(job: job, call: UInt64(job) + 1, work: work, at: now)
    }

    private mutating func setSpeed(at now: SimulatedInstant) {
        guard let slowdown else { return }
        pacer.setSpeed(slowdown.speed(requests: pacer.count + waiting.count), at: now)
    }
}

extension PacerLoop.Arrival {
    /// Poisson arrivals of `rate` a second.
    static func poisson(
        _ count: Int, rate: Double, work: Distribution, seed: UInt64
    ) -> [Self] {
        var tables = SamplerTables()
        let sampler = Sampler(work, tables: &tables)
        var now = SimulatedInstant.start
        return (0..<UInt64(count)).map { job in
            let arrival = DrawKey(seed: seed, identity: job, purpose: .arrival)
            now = now + SimulatedDuration(seconds: arrival.exponential() / rate)
            let size = DrawKey(seed: seed, identity: job, purpose: .serviceTime)
            return Self(instant: now, work: sampler.sample(size, tables))
        }
    }
}

/// The mean of independent replications with its 99.9% confidence interval, which must hold
/// `expected` and be narrower than ± 5% of it.
struct MeanOfReplications {
    var mean: Double
    var halfWidth: Double

    init(_ values: [Double]) {
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        self.mean = mean
        halfWidth = Replications.quantile * (variance / n).squareRoot()
    }

    func agrees(with expected: Double) -> Bool {
        abs(mean - expected) <= halfWidth && halfWidth <= 0.05 * expected
    }
}
