import Kernel

// The steps of a replica's life. None of them refreshes the alarm: the inputs do.
extension ReplicaLife {
    mutating func endPhase(
        at now: SimulatedInstant, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        switch phase {
        case .pending:
            phase = .pulling
            phaseEnd = now.advanced(saturatingBy: program.duration(.imagePull, of: self))
            return []
        case .pulling:
            startContainer(at: now, program)
            return []
        case .backingOff:
            incarnation &+= 1
            restarts &+= 1
            startContainer(at: now, program)
            return []
        case .starting: return serve(at: now, program)
        case .terminating: return end(at: now, then: sequel, program)
        case .absent, .down, .running:
            phaseEnd = .never
            return []
        }
    }

    /// A new pod, which knows nothing of the one before.
    mutating func createPod(at now: SimulatedInstant, _ program: LifeCycleProgram) {
        restarts = 0
        backoff = CrashBackoff()
        if isHeld {
            phase = .down
            phaseEnd = .never
            return
        }
        incarnation &+= 1
        phase = .pending
        history = ReplicaHistory(
            created: now, bound: now, containerStarted: .never, readinessChanged: now)
        bindPod(at: now, program)
    }

    mutating func bindPod(at now: SimulatedInstant, _ program: LifeCycleProgram) {
        history.bound = now
        phaseEnd = now.advanced(saturatingBy: program.duration(.scheduling, of: self))
    }

    private mutating func startContainer(at now: SimulatedInstant, _ program: LifeCycleProgram) {
        phase = .starting
        history.containerStarted = now
        phaseEnd = now.advanced(saturatingBy: program.duration(.start, of: self))
        for kind in ProbeKind.allCases {
            guard let probe = program.probe(kind) else { continue }
            let first = now.advanced(saturatingBy: probe.initialDelay)
            changeProbe(kind) { $0.begin(at: first) }
        }
    }

    private mutating func serve(
        at now: SimulatedInstant, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        phase = .running
        phaseEnd = .never
        servesSince = now
        fillLeft = fill
        warmUpStep = 0
        var actions: ReplicaActions = .beganServing
        if setSpeed(program) { actions.insert(.speedChanged) }
        if program.readiness == nil {
            isReady = true
            history.readinessChanged = now
            actions.insert(.becameReady)
        }
        return actions
    }

    mutating func warmUpFurther(_ program: LifeCycleProgram) -> ReplicaActions {
        warmUpStep += 1
        return setSpeed(program) ? .speedChanged : []
    }

    /// Sets the speed and the next step of warm-up; tells whether the speed is another.
    private mutating func setSpeed(_ program: LifeCycleProgram) -> Bool {
        let before = speed
        if let warmUp = program.warmUp, warmUp.time > .zero, warmUpStep < Self.warmUpSteps {
            let share = Double(warmUpStep) / Double(Self.warmUpSteps)
            speed = warmUp.speed + (1 - warmUp.speed) * share
            // time·k/16 without overflow
            let next = Int64(warmUpStep) + 1
            let (whole, rest) = warmUp.time.nanoseconds.quotientAndRemainder(dividingBy: 16)
            nextWarmUp = servesSince.advanced(
                saturatingBy: SimulatedDuration(nanoseconds: whole * next + rest * next / 16))
        } else {
            speed = 1
            nextWarmUp = .never
        }
        return speed != before
    }

    /// Tells the replica to stop; if it drains already, the sequel that outranks the other stands.
    mutating func terminate(
        at now: SimulatedInstant, then next: Sequel, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        switch phase {
        case .absent: return []
        case .down:
            if next == .nothing {
                phase = .absent
                return .ended
            }
            return []
        case .pending, .pulling, .starting, .backingOff:
            return end(at: now, then: next, program)
        case .running:
            let actions: ReplicaActions = isReady ? [.becameUnready, .drains] : .drains
            if isReady { history.readinessChanged = now }
            isReady = false
            phase = .terminating
            sequel = next
            phaseEnd = now.advanced(saturatingBy: program.grace)
            readiness.stop()
            liveness.stop()
            return actions
        case .terminating:
            if next.rawValue > sequel.rawValue { sequel = next }
            return []
        }
    }

    /// Nothing of the container is left; what follows is `next`.
    mutating func end(
        at now: SimulatedInstant, then next: Sequel, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        var actions: ReplicaActions = []
        if isReady { actions.insert(.becameUnready) }
        if isServing { actions.insert(.requestsDie) }
        if isReady { history.readinessChanged = now }
        isReady = false
        nextWarmUp = .never
        readiness.stop()
        liveness.stop()
        switch next {
        case .nothing:
            phase = .absent
            phaseEnd = .never
            actions.insert(.ended)
        case .anew:
            createPod(at: now, program)
        case .inPlace:
            phase = .backingOff
            phaseEnd = now.advanced(saturatingBy: backoff.containerEnded(at: now, program))
        }
        return actions
    }

    mutating func sendProbe(
        _ kind: ProbeKind, at now: SimulatedInstant, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        guard let probe = program.probe(kind) else {
            changeProbe(kind) { $0.stop() }
            return []
        }
        let isOnItsWay = self.probe(kind).deadline != .never
        let isServing = phase == .running
        changeProbe(kind) {
            $0.nextDue = $0.nextDue.advanced(saturatingBy: probe.period)
            if isServing && !isOnItsWay { $0.send(at: now, timeout: probe.timeout) }
        }
        if !isServing { return noteProbe(kind, succeeded: false, at: now, program) }
        if isOnItsWay { return [] }
        return kind == .readiness ? .sendsReadinessProbe : .sendsLivenessProbe
    }

    mutating func noteProbe(
        _ kind: ProbeKind, succeeded: Bool, at now: SimulatedInstant, _ program: LifeCycleProgram
    ) -> ReplicaActions {
        var run: UInt32 = 0
        changeProbe(kind) { run = $0.note(succeeded: succeeded) }
        guard let probe = program.probe(kind),
            run >= (succeeded ? probe.successes : probe.failures)
        else { return [] }
        switch kind {
        case .readiness:
            guard succeeded != isReady, !succeeded || !hasItsFill else { return [] }
            isReady = succeeded
            history.readinessChanged = now
            return succeeded ? .becameReady : .becameUnready
        case .liveness:
            return succeeded ? [] : terminate(at: now, then: .inPlace, program)
        }
    }
}
