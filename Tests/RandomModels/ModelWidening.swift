import Kernel
package import Model

extension ModelDescription {
    /// The model with everything beyond the plain one that a seed puts in: sometimes nothing,
    /// sometimes a little, sometimes a bit of everything.
    ///
    /// `time` is how long a compute step typically takes and `duration` how long the run will be, in
    /// seconds.
    package func widened(by random: RandomSource, time: Double, duration: Double) -> Self {
        var widening = ModelWidening(model: self, random: random, time: time, duration: duration)
        widening.widen()
        return widening.model
    }
}

/// Draws the features of a model; see the extensions for those of each part.
struct ModelWidening {
    var model: ModelDescription
    var random: RandomSource
    let time: Double
    let duration: Double
    /// The probability that any one thing is put in.
    var density = 0.0
    /// How many attempts one request may lead to when all fail, over what it was.
    var amplification = 1.0

    init(model: ModelDescription, random: RandomSource, time: Double, duration: Double) {
        self.model = model
        self.random = random
        self.time = time
        self.duration = duration
    }

    mutating func widen() {
        density = random.pick([0, 0.06, 0.15, 0.3, 0.6])
        if density == 0 { return }
        model.zones = random.int(1...3)
        for index in model.services.indices where has() {
            model.services[index].replicas = random.int(1...4)
        }
        for index in model.services.indices {
            var service = model.services[index]
            widenServing(&service)
            widenAdmission(&service)
            widenLifeCycle(&service)
            widenEndpoints(&service)
            widenUsers(&service)
            model.services[index] = service
        }
        for index in model.services.indices { widenPolicies(of: index) }
        widenFaults()
        // Last, so that they leave the draws of all others as they were.
        for index in model.services.indices {
            var service = model.services[index]
            widenUserProcesses(&service)
            model.services[index] = service
        }
        widenData()
        widenPatience()
        for index in model.services.indices { widenChoices(of: index) }
    }

    // MARK: Words

    /// Whether something is put in that is so many times as likely as other things.
    mutating func has(_ weight: Double = 1) -> Bool { random.isTrue(density * weight) }

    /// So many typical times of a compute step; now and then a round one, or nothing.
    mutating func span(_ low: Double, _ high: Double) -> SimulatedDuration {
        let seconds = time * random.magnitude(low, high)
        if random.isTrue(0.2) {
            return .milliseconds(Int64((seconds * 1000).rounded(.up)))
        }
        return SimulatedDuration(seconds: seconds)
    }

    /// A part of the run.
    mutating func part(_ low: Double, _ high: Double) -> SimulatedDuration {
        SimulatedDuration(seconds: duration * random.magnitude(low, high))
    }

    mutating func distribution(_ low: Double, _ high: Double) -> Distribution {
        distribution(mean: time * random.magnitude(low, high))
    }

    mutating func distribution(mean: Double) -> Distribution {
        switch random.index(below: 4) {
        case 0: Distribution(.deterministic(value: mean))
        case 1: Distribution(.uniform(low: 0, high: 2 * mean))
        case 2: Distribution(.deterministic(value: 0))
        default: Distribution(.exponential(mean: mean))
        }
    }
}

// MARK: - Steps and users

extension ModelWidening {
    private mutating func widenEndpoints(_ service: inout ServiceDescription) {
        service.honoursDeadlines = has()
        for index in service.endpoints.indices {
            service.endpoints[index].answersEarly = has(0.3)
            service.endpoints[index].steps = widened(service.endpoints[index].steps)
        }
    }

    private mutating func widened(_ steps: [StepDescription]) -> [StepDescription] {
        var result: [StepDescription] = []
        for step in steps {
            let wide = widened(step)
            result.append(has(0.3) ? .maybe(probability: random.double(0.2, 1), [wide]) : wide)
            if has(0.4) { result.append(.delay(distribution(0.2, 5))) }
            if has(0.2) { result.append(.fail(probability: random.double(0, 0.3))) }
        }
        return result
    }

    private mutating func widened(_ step: StepDescription) -> StepDescription {
        switch step {
        case .call(let calls):
            if has() { return .gather(calls, needed: random.int(1...calls.count)) }
            return .call(
                calls.map {
                    var call = $0
                    call.isForgotten = has(0.3)
                    return call
                })
        case .compute where has(0.3): return .repeated(random.int(1...3), [step])
        default: return step
        }
    }

    private mutating func widenUsers(_ service: inout ServiceDescription) {
        for index in service.arrivals.indices {
            if has() { service.arrivals[index].priority = random.int(0...3) }
        }
    }
}
