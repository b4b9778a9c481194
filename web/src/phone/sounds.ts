/** The desk's own tones and the speaker of the call. A page may make sound only after the agent touched it: `unlock`. */

export type Tone = 'ring' | 'wrap-up-ending' | 'leader-message' | 'test'

interface Beep { at: number, for: number, hertz: [number, number] | [number] }

/** Distinct in rhythm and pitch, so that they are told apart without looking. */
const tones: Record<Tone, { repeatMs: number | undefined, beeps: Beep[] }> = {
  ring: { repeatMs: 3000, beeps: [{ at: 0, for: 0.4, hertz: [440, 480] }, { at: 0.6, for: 0.4, hertz: [440, 480] }] },
  'wrap-up-ending': { repeatMs: undefined, beeps: [{ at: 0, for: 0.12, hertz: [880] }, { at: 0.2, for: 0.12, hertz: [660] }] },
  'leader-message': { repeatMs: undefined, beeps: [{ at: 0, for: 0.1, hertz: [1200] }, { at: 0.15, for: 0.1, hertz: [1200] }, { at: 0.3, for: 0.1, hertz: [1200] }] },
  test: { repeatMs: undefined, beeps: [{ at: 0, for: 0.3, hertz: [440, 480] }, { at: 0.4, for: 0.3, hertz: [523, 659] }] }
}

export type Sounds = ReturnType<typeof createSounds>

export function createSounds () {
  // The context plays into an element, because only elements choose their device in every browser that agents use.
  let context: AudioContext | undefined
  let out: MediaStreamAudioDestinationNode | undefined
  const element = new Audio()
  let repeating: ReturnType<typeof setInterval> | undefined

  function ready (): AudioContext {
    if (context === undefined || out === undefined) {
      context = new AudioContext()
      out = context.createMediaStreamDestination()
      element.srcObject = out.stream
    }
    return context
  }

  function beep (audio: AudioContext, destination: AudioNode, tone: Beep): void {
    const gain = audio.createGain()
    gain.connect(destination)
    const start = audio.currentTime + tone.at
    gain.gain.setValueAtTime(0, start)
    gain.gain.linearRampToValueAtTime(0.25, start + 0.02)
    gain.gain.setValueAtTime(0.25, start + tone.for - 0.03)
    gain.gain.linearRampToValueAtTime(0, start + tone.for)
    for (const frequency of tone.hertz) {
      const oscillator = audio.createOscillator()
      oscillator.frequency.value = frequency
      oscillator.connect(gain)
      oscillator.start(start)
      oscillator.stop(start + tone.for)
    }
  }

  return {
    /** Call from a click or a key. True when sound will be heard from now on. */
    async unlock (): Promise<boolean> {
      const audio = ready()
      await audio.resume()
      await element.play()
      return audio.state === 'running'
    },

    get unlocked (): boolean {
      return context?.state === 'running' && !element.paused
    },

    /** Throws when the device is gone; the tones then stay on the old one. */
    async useDevice (deviceId: string): Promise<void> {
      ready()
      if ('setSinkId' in element) await element.setSinkId(deviceId)
    },

    play (tone: Tone): void {
      const audio = ready()
      const destination = out
      if (destination === undefined) return
      this.stop()
      const { repeatMs, beeps } = tones[tone]
      const once = () => { for (const each of beeps) beep(audio, destination, each) }
      once()
      if (repeatMs !== undefined) repeating = setInterval(once, repeatMs)
    },

    stop (): void {
      clearInterval(repeating)
      repeating = undefined
    }
  }
}

/** Loudness of a stream, 0 to 1, as a function to ask as often as you like; `close` frees it. */
export function createLevelMeter (stream: MediaStream) {
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 512
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  return {
    level (): number {
      analyser.getFloatTimeDomainData(samples)
      let sum = 0
      for (const sample of samples) sum += sample * sample
      // -60 dB and below is silence, -6 dB is full.
      const decibels = 10 * Math.log10(sum / samples.length + 1e-9)
      return Math.min(1, Math.max(0, (decibels + 60) / 54))
    },
    async close (): Promise<void> {
      await context.close()
    }
  }
}
