/** The seat's phone on this page: who holds it, its call, its ring. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { PhoneAccount, PhoneCommand } from '../../../src/agents/contract.ts'
import { pageId, useDesk } from '../desk/store.ts'
import { ApiError, request } from '../shared/api.ts'
import { MicrophoneError, openMicrophone, readChoice, writeChoice, type DeviceChoice, type MicrophoneFailure } from './devices.ts'
import { createSipPhone, type PhoneCall, type PhoneStats, type Registration, type SipPhone } from './sip-phone.ts'
import { createSounds } from './sounds.ts'

const heldKey = 'hotline.phone-held'
/** How often a page that was refused asks again: the page before it may be on its way out. */
const claimRetryMs = 1500
const lostPatienceMs = 15_000
/** A phone that another page let go of is left to it for so long: it may be reloading. */
const freePatienceMs = 4000

export const usePhone = defineStore('phone', () => {
  const desk = useDesk()
  const sounds = createSounds()
  const speaker = new Audio()
  speaker.autoplay = true

  const choice = ref<DeviceChoice>(readChoice())
  const microphone = shallowRef<MediaStream>()
  const microphoneLive = ref(false)
  const microphoneFailure = ref<MicrophoneFailure>()
  const soundUnlocked = ref(false)
  const registration = ref<Registration>('stopped')
  const call = shallowRef<PhoneCall>()
  const held = ref(false)
  const claiming = ref(false)
  const failure = ref<unknown>()
  const stats = shallowRef<PhoneStats>()
  const lossPercent = ref(0)
  const hangingUp = ref(false)

  let phone: SipPhone | undefined
  let replacement: PhoneAccount | undefined
  let confirmedHolder = false
  let begun = false
  /** The call that was hung up here while the server was away. */
  let unheardHangUp: string | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let polling: ReturnType<typeof setInterval> | undefined
  let lostFor: ReturnType<typeof setTimeout> | undefined
  let lastStats: PhoneStats | undefined

  const ringing = computed(() => call.value?.phase === 'ringing' && !call.value.automatic)
  const inCall = computed(() => call.value !== undefined && call.value.phase !== 'ringing')

  watch(ringing, now => { if (now) sounds.play('ring'); else sounds.stop() })

  async function openMic (): Promise<boolean> {
    microphoneFailure.value = undefined
    try {
      const stream = await openMicrophone(choice.value.microphone)
      for (const track of microphone.value?.getTracks() ?? []) track.stop()
      microphone.value = stream
      microphoneLive.value = true
      for (const track of stream.getAudioTracks()) {
        track.addEventListener('ended', () => { if (microphone.value === stream) microphoneLive.value = false })
      }
      await phone?.useMicrophone(stream)
      return true
    } catch (error) {
      microphoneLive.value = false
      if (!(error instanceof MicrophoneError)) throw error
      microphoneFailure.value = error.reason
      return false
    }
  }

  async function useDevices (next: DeviceChoice): Promise<void> {
    choice.value = next
    writeChoice(next)
    try {
      if ('setSinkId' in speaker) await speaker.setSinkId(next.speaker)
      await sounds.useDevice(next.ringer)
    } catch (error) {
      // The chosen device is unplugged: sound goes on over the system's default, and the choice is forgotten.
      if (!(error instanceof DOMException)) throw error
      choice.value = { ...next, speaker: '', ringer: '' }
      writeChoice(choice.value)
    }
  }

  async function unlockSound (): Promise<boolean> {
    try {
      soundUnlocked.value = await sounds.unlock()
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      soundUnlocked.value = false
    }
    return soundUnlocked.value
  }

  function startPhone (account: PhoneAccount): void {
    phone?.stop()
    const own = createSipPhone(account, () => microphone.value, {
      registration (state) {
        if (phone !== own) return
        registration.value = state
        if (state === 'refused' && replacement === undefined) scheduleClaim(2000)
        clearTimeout(lostFor)
        // The pass that opens the phone's socket may be too old: claiming anew brings a fresh one.
        if (state === 'lost') lostFor = setTimeout(() => { if (!inCall.value && desk.connected) void claim(false) }, lostPatienceMs)
      },
      call (next) {
        if (phone !== own) return
        call.value = next
        if (next?.phase === 'talking') startPolling()
      },
      ended () {
        if (phone !== own) return
        hangingUp.value = false
        stopPolling()
        speaker.srcObject = null
        if (replacement !== undefined) {
          const account = replacement
          replacement = undefined
          startPhone(account)
        }
      },
      remoteSound (stream) {
        speaker.srcObject = stream
        speaker.play().catch(() => { soundUnlocked.value = false })
      },
      trouble (what) {
        if (what === 'no-media') microphoneLive.value = false
      }
    })
    phone = own
    own.start()
  }

  function scheduleClaim (delayMs: number): void {
    clearTimeout(retry)
    retry = setTimeout(() => { void claim(false) }, delayMs)
  }

  /** Makes this page the holder of the seat's phone; another page's phone only goes with `takeOver`. */
  async function claim (takeOver: boolean): Promise<void> {
    if (claiming.value) return
    claiming.value = true
    failure.value = undefined
    clearTimeout(retry)
    try {
      const body: PhoneCommand = takeOver ? { pageId, takeOver } : { pageId }
      const account = await request<PhoneAccount>('POST', '/api/v1/phone', { body })
      held.value = true
      sessionStorage.setItem(heldKey, '1')
      // A new account while talking must wait: changing now would cut the call.
      if (inCall.value) replacement = account
      else startPhone(account)
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) {
        release()
      } else if (error instanceof ApiError && error.isOutage) {
        scheduleClaim(claimRetryMs)
      } else {
        failure.value = error
      }
    } finally {
      claiming.value = false
    }
  }

  /** Once the desk is known: a free phone is claimed; a reload of the page that held it takes it back from itself. */
  async function claimFirst (): Promise<void> {
    begun = true
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
    const reloaded = navigation?.type === 'reload' && sessionStorage.getItem(heldKey) === '1'
    if (reloaded || desk.role !== 'watcher') await claim(reloaded)
    else release()
  }

  /** Another page holds the phone: this one only watches. */
  function release (): void {
    held.value = false
    confirmedHolder = false
    sessionStorage.removeItem(heldKey)
    stopPhone()
  }

  function stopPhone (): void {
    clearTimeout(retry)
    clearTimeout(lostFor)
    replacement = undefined
    const own = phone
    phone = undefined
    own?.stop()
    call.value = undefined
    registration.value = 'stopped'
    stopPolling()
    sounds.stop()
  }

  desk.askWhetherPhoneHeld(() => held.value && registration.value === 'registered')

  watch(() => desk.role, role => {
    if (!begun) return
    if (role === 'holder') {
      confirmedHolder = true
    } else if (role === 'watcher' && confirmedHolder && held.value) {
      release()
    } else if (role === 'free') {
      // The server was restarted without us, or the page that had the phone is gone: it may also only be reloading.
      confirmedHolder = false
      scheduleClaim(held.value ? 0 : freePatienceMs)
    }
  })

  function startPolling (): void {
    if (polling !== undefined) return
    lastStats = undefined
    polling = setInterval(() => {
      phone?.stats().then(next => {
        if (next === undefined) return
        const received = next.packetsReceived - (lastStats?.packetsReceived ?? 0)
        const lost = next.packetsLost - (lastStats?.packetsLost ?? 0)
        lossPercent.value = received + lost > 0 ? Math.round(1000 * Math.max(0, lost) / (received + lost)) / 10 : lossPercent.value
        lastStats = next
        stats.value = next
      }, () => stopPolling())
    }, 2000)
  }

  function stopPolling (): void {
    clearInterval(polling)
    polling = undefined
    stats.value = undefined
    lossPercent.value = 0
  }

  /** Hanging up is a command to the server, which ends the call; only where the server is away the phone itself does. */
  async function hangUp (callId: string | undefined): Promise<'done' | 'local' | ApiError> {
    hangingUp.value = true
    if (callId === undefined) {
      phone?.terminate()
      hangingUp.value = false
      return 'local'
    }
    try {
      await request('POST', `/api/v1/calls/${callId}/hang-up`, { timeoutMs: 3000 })
      return 'done'
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (!error.isOutage) return error
      // To the server a lost leg is no hang-up: it would bring the call back, so it is told once it can hear.
      unheardHangUp = callId
      phone?.terminate()
      return 'local'
    } finally {
      hangingUp.value = false
    }
  }

  // Only what the server says anew counts: right after its return it may not know its calls yet.
  watch(() => desk.call, current => {
    if (unheardHangUp === undefined || current === undefined || !desk.connected) return
    if (current.callId !== unheardHangUp || current.phase === 'ended') unheardHangUp = undefined
    else if (!hangingUp.value) void hangUp(unheardHangUp)
  })

  addEventListener('pagehide', () => {
    phone?.terminate()
    desk.disconnect()
  })

  return {
    choice,
    microphone,
    microphoneLive,
    microphoneFailure,
    soundUnlocked,
    registration,
    call,
    held,
    claiming,
    failure,
    stats,
    lossPercent,
    hangingUp,
    ringing,
    inCall,
    openMic,
    useDevices,
    unlockSound,
    claim,
    claimFirst,
    stop (): void {
      release()
      for (const track of microphone.value?.getTracks() ?? []) track.stop()
      microphone.value = undefined
      microphoneLive.value = false
    },
    answer (): void { phone?.answer() },
    setMuted (muted: boolean): void { phone?.setMuted(muted) },
    sendDigit (digit: string): boolean { return phone?.sendDigit(digit) ?? false },
    playTone: sounds.play.bind(sounds),
    readStats (): Promise<PhoneStats | undefined> { return phone?.stats() ?? Promise.resolve(undefined) },
    hangUp
  }
})
