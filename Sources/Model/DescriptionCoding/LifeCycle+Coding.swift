import Kernel

// What becomes of replicas over time, as bytes.

extension LifeCycleDescription: FieldCoded {
    static var blank: Self { Self() }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&scheduling)
        try coder.field(&imagePull)
        try coder.field(&start)
        try coder.field(&warmUp)
        try coder.field(&readiness)
        try coder.field(&liveness)
        try coder.time(&grace)
        try coder.time(&crashBackoff)
        try coder.time(&crashBackoffCap)
        try coder.time(&crashReset)
        try coder.time(&discovery)
        try coder.field(&startsCold)
        var initial = initialReplicas ?? -1
        try coder.field(&initial, in: -1...ModelLimits.replicas)
        initialReplicas = initial < 0 ? nil : initial
        try coder.field(&buffer, in: 0...ModelLimits.pool)
    }
}

extension WarmUpDescription: FieldCoded {
    static var blank: Self { Self(speed: 1, time: .zero) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&speed, in: ModelLimits.leastFactor...1)
        try coder.time(&time, isPositive: true)
    }
}

extension ProbeDescription: FieldCoded {
    static var blank: Self { Self() }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.time(&initialDelay)
        try coder.time(&period, isPositive: true)
        try coder.time(&timeout, isPositive: true)
        try coder.field(&failures, in: 1...ModelLimits.attempts)
        try coder.field(&successes, in: 1...ModelLimits.attempts)
        try coder.field(&work)
    }
}
