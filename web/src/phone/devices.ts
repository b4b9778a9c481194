/** Microphone, speaker and ringing device: the agent's choice is kept on this computer. */

export interface DeviceChoice { microphone: string, speaker: string, ringer: string }

const storageKey = 'hotline.devices'

export function readChoice (): DeviceChoice {
  const stored = localStorage.getItem(storageKey)
  const blank = { microphone: '', speaker: '', ringer: '' }
  if (stored === null) return blank
  try {
    return { ...blank, ...(JSON.parse(stored) as Partial<DeviceChoice>) }
  } catch {
    localStorage.removeItem(storageKey)
    return blank
  }
}

export function writeChoice (choice: DeviceChoice): void {
  localStorage.setItem(storageKey, JSON.stringify(choice))
}

export type MicrophoneFailure = 'insecure-page' | 'denied' | 'none' | 'busy'

/** A microphone for speech; falls back to any when the chosen one is gone. Throws `MicrophoneError`. */
export class MicrophoneError extends Error {
  readonly reason: MicrophoneFailure
  constructor (reason: MicrophoneFailure) {
    super(reason)
    this.reason = reason
  }
}

export async function openMicrophone (deviceId: string): Promise<MediaStream> {
  // Browsers hide the devices from pages that came without TLS from another machine.
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (devices === undefined) throw new MicrophoneError('insecure-page')
  const wanted: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
  try {
    return await devices.getUserMedia({ audio: deviceId === '' ? wanted : { ...wanted, deviceId: { ideal: deviceId } } })
  } catch (error) {
    const name = error instanceof DOMException ? error.name : ''
    if (name === 'NotAllowedError' || name === 'SecurityError') throw new MicrophoneError('denied')
    if (name === 'NotReadableError' || name === 'AbortError') throw new MicrophoneError('busy')
    throw new MicrophoneError('none')
  }
}

export interface DeviceLists { microphones: MediaDeviceInfo[], outputs: MediaDeviceInfo[] }

export async function listDevices (): Promise<DeviceLists> {
  const devices = await navigator.mediaDevices.enumerateDevices()
  return {
    microphones: devices.filter(device => device.kind === 'audioinput'),
    outputs: devices.filter(device => device.kind === 'audiooutput')
  }
}
