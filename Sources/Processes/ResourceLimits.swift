import Glibc

/// Something a run needs more of than this machine gives.
package struct Shortfall: Equatable, Sendable, CustomStringConvertible {
    /// What runs short.
    package enum Resource: Equatable, Sendable {
        case openFiles, processIDs, threads, userThreads, cgroupThreads, memory, listenBacklog
    }

    package let resource: Resource
    /// How much of it the run needs, in the resource's own unit (bytes for memory).
    package let needed: Int
    /// How much of it is left.
    package let available: Int
    /// False where the need is an estimate (memory) or the lack only costs time (backlog): warn and go on.
    package let isFatal: Bool
    /// A sentence with the numbers and what to do.
    package let description: String
}

/// What thousands of worker processes need of the operating system.
package enum ResourceLimits {
    /// Threads of an idle worker: its own, ZeroMQ's for input and output, and ZeroMQ's reaper.
    package static let threadsPerWorker = 3
    /// An estimate with room for a model's state; a forked idle worker takes about 0.4 MiB.
    package static let bytesPerWorker = 1 << 20
    /// Descriptors and threads of the coordinator itself and its helpers.
    private static let reserve = (files: 64, threads: 100)

    /// Compares what `workers` workers need with what is left, raising the soft limit of open files as needed.
    ///
    /// Call it before the first socket is made.
    ///
    /// - Returns: What runs short, the fatal first; empty when all is well.
    package static func check(workers: Int) -> [Shortfall] {
        raiseOpenFiles(to: workers + reserve.files)
        return shortfalls(workers: workers, figures: .current())
    }

    /// The same comparison, with given figures and without changing anything.
    package static func shortfalls(workers: Int, figures: SystemFigures) -> [Shortfall] {
        let threads = workers * threadsPerWorker + reserve.threads
        let purpose = "for \(grouped(workers)) workers"
        let threadPurpose = "\(purpose) (\(threadsPerWorker) threads each)"
        var found: [Shortfall] = []

        func require(
            _ resource: Shortfall.Resource, _ needed: Int, of limit: Int?, used: Int,
            _ what: String, _ limitName: String, _ remedy: String
        ) {
            guard let limit, needed > limit - used else { return }
            let usage = used > 0 ? ", of which \(grouped(used)) are in use" : ""
            let need = "needs \(grouped(needed)) \(what)"
            found.append(
                Shortfall(
                    resource: resource, needed: needed, available: max(0, limit - used),
                    isFatal: true,
                    description: "\(need); \(limitName) allows \(grouped(limit))\(usage): \(remedy)"
                ))
        }

        let files = workers + reserve.files
        require(
            .openFiles, files, of: figures.openFilesSoft, used: 0, "open files \(purpose)",
            "RLIMIT_NOFILE (hard limit \(grouped(figures.openFilesHard)))",
            "raise with ulimit -n \(files), or in /etc/security/limits.conf")
        require(
            .processIDs, threads, of: figures.processIDsMax, used: figures.threadsInUse,
            "process ids \(threadPurpose)", "kernel.pid_max",
            "raise with sysctl kernel.pid_max=\(threads + figures.threadsInUse)")
        require(
            .threads, threads, of: figures.threadsMax, used: figures.threadsInUse,
            "threads \(threadPurpose)", "kernel.threads-max",
            "raise with sysctl kernel.threads-max=\(threads + figures.threadsInUse)")
        require(
            .userThreads, threads, of: figures.userThreadsMax, used: figures.userThreadsInUse,
            "threads of this user \(threadPurpose)", "RLIMIT_NPROC",
            "raise with ulimit -u \(threads + figures.userThreadsInUse)")
        require(
            .cgroupThreads, threads, of: figures.cgroupThreadsMax, used: figures.cgroupThreadsInUse,
            "threads in this cgroup \(threadPurpose)", "pids.max",
            "raise it with systemd's TasksMax= or the container's pids limit")
        return found + warnings(workers: workers, figures: figures, purpose: purpose)
    }

    private static func warnings(
        workers: Int, figures: SystemFigures, purpose: String
    ) -> [Shortfall] {
        var found: [Shortfall] = []
        let memory = workers * bytesPerWorker
        if memory > figures.memoryAvailable {
            found.append(
                Shortfall(
                    resource: .memory, needed: memory, available: figures.memoryAvailable,
                    isFatal: false,
                    description: """
                        may need \(grouped(memory >> 20)) MiB of memory \(purpose); \
                        \(grouped(figures.memoryAvailable >> 20)) MiB are available: \
                        use fewer workers with several services each
                        """))
        }
        if workers > figures.listenBacklogMax {
            found.append(
                Shortfall(
                    resource: .listenBacklog, needed: workers, available: figures.listenBacklogMax,
                    isFatal: false,
                    description: """
                        starts more slowly: \(grouped(workers)) workers connect at once and \
                        net.core.somaxconn lets \(grouped(figures.listenBacklogMax)) wait: \
                        raise with sysctl net.core.somaxconn=\(workers)
                        """))
        }
        return found
    }

    /// Raises the soft limit of open files to at least `needed`, as far as the hard limit goes.
    ///
    /// - Returns: The soft limit now in force.
    @discardableResult
    package static func raiseOpenFiles(to needed: Int) -> Int {
        var value = rlimit()
        guard getrlimit(Int32(RLIMIT_NOFILE.rawValue), &value) == 0 else { return Int.max }
        let wanted = min(rlim_t(needed), value.rlim_max)
        if value.rlim_cur < wanted {
            let former = value.rlim_cur
            value.rlim_cur = wanted
            if setrlimit(Int32(RLIMIT_NOFILE.rawValue), &value) != 0 { value.rlim_cur = former }
        }
        return Int(clamping: value.rlim_cur)
    }
}

/// A number with its digits in groups of three: "30,100".
func grouped(_ number: Int) -> String {
    var text = ""
    for (position, digit) in String(number.magnitude).reversed().enumerated() {
        if position > 0 && position.isMultiple(of: 3) { text.append(",") }
        text.append(digit)
    }
    return (number < 0 ? "-" : "") + String(text.reversed())
}
