using Etcd.Server.Proposals;

namespace Etcd.Server.Applying;

/// <summary>Requests whose answers are known, resumed on the thread pool in chunks: one hand-over wakes many.</summary>
internal sealed class Answers
{
    /// <summary>Few enough that both cores share a large batch, many enough that the hand-over costs little.</summary>
    private const int ChunkSize = 32;

    private Chunk _filling = new();

    public void Add(PendingRequest request)
    {
        _filling.Add(request);
        if (_filling.Count == ChunkSize)
            HandOver();
    }

    // Chunks that filled up while the batch was applied wait here: nobody may be answered before the batch is published.
    private readonly List<Chunk> _full = [];

    public void ResumeAll()
    {
        if (_filling.Count > 0)
            HandOver();
        foreach (Chunk chunk in _full)
            ThreadPool.UnsafeQueueUserWorkItem(chunk, preferLocal: false);
        _full.Clear();
    }

    private void HandOver()
    {
        _full.Add(_filling);
        _filling = new Chunk();
    }

    private sealed class Chunk : IThreadPoolWorkItem
    {
        private readonly PendingRequest[] _requests = new PendingRequest[ChunkSize];

        public int Count { get; private set; }

        public void Add(PendingRequest request) => _requests[Count++] = request;

        public void Execute()
        {
            for (int i = 0; i < Count; i++)
                _requests[i].Complete();
        }
    }
}
