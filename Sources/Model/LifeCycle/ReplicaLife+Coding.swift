package import Kernel

extension ReplicaLife: BinaryCodable {
    package static var leastEncodedSize: Int { 151 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(replica)
        writer.write(incarnation)
        writer.write(restarts)
        writer.write(phase.rawValue)
        writer.write(isReady)
        writer.write(isHeld)
        writer.write(speed)
        writer.write(sequel.rawValue)
        writer.write(warmUpStep)
        writer.write(fill)
        writer.write(fillLeft)
        phaseEnd.encode(into: &writer)
        servesSince.encode(into: &writer)
        nextWarmUp.encode(into: &writer)
        history.encode(into: &writer)
        backoff.encode(into: &writer)
        readiness.encode(into: &writer)
        liveness.encode(into: &writer)
    }

    /// Refuses states that no life comes to and that would bring its owner into trouble.
    package init(from reader: inout ByteReader) throws(ByteError) {
        replica = try reader.read()
        incarnation = try reader.read()
        restarts = try reader.read()
        guard let phase = Phase(rawValue: try reader.read()) else {
            throw ByteError(.invalid("phase of a replica"), offset: reader.offset)
        }
        self.phase = phase
        isReady = try reader.readBool()
        isHeld = try reader.readBool()
        speed = try reader.readDouble()
        guard let sequel = Sequel(rawValue: try reader.read()) else {
            throw ByteError(.invalid("phase of a replica"), offset: reader.offset)
        }
        self.sequel = sequel
        warmUpStep = try reader.read()
        fill = try reader.read()
        fillLeft = try reader.read()
        phaseEnd = try SimulatedInstant(from: &reader)
        servesSince = try SimulatedInstant(from: &reader)
        nextWarmUp = try SimulatedInstant(from: &reader)
        history = try ReplicaHistory(from: &reader)
        backoff = try CrashBackoff(from: &reader)
        readiness = try ProbeState(from: &reader)
        liveness = try ProbeState(from: &reader)
        refreshAlarm()
        guard isConsistent else {
            throw ByteError(.invalid("life of a replica"), offset: reader.offset)
        }
    }

    private var isConsistent: Bool {
        let areRunningOrStarting = phase == .running || phase == .starting
        return nextAlarm >= .start && servesSince >= .start
            && speed > 0 && speed <= 1 && warmUpStep <= Self.warmUpSteps
            && (!isReady || phase == .running && !hasItsFill) && fillLeft <= fill
            && (nextWarmUp == .never || (isServing && warmUpStep < Self.warmUpSteps))
            && (areRunningOrStarting || min(readiness.nextAlarm, liveness.nextAlarm) == .never)
            && (phase == .running || min(readiness.deadline, liveness.deadline) == .never)
            && (!isHeld || phase == .absent || phase == .down)
    }
}
